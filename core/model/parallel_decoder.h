#pragma once

#include <functional>
#include <vector>

#include "core/model/generator.h"

namespace patchbay {

/// Greedy continuations of several rows in step: each step is one batched pass.
///
/// `firsts` are the distributions of each row's first new token, in cache order. A row that ends itself keeps its
/// place but its text stops.   Cancel  after each block.   Cost  one batched row a step.
[[nodiscard]] std::vector<Generation> decodeTogether(
    LanguageModel& model, KvCache& cache, const std::vector<Distribution>& firsts, int maxNewTokens,
    JobContext& context, const std::function<void(std::size_t, const Generation&)>& sink = {});

}  // namespace patchbay
