#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/model/language_model.h"

namespace patchbay {

/// Refuses a number of tokens that a picture cannot grow by behind its prompt: GROW-01.
[[nodiscard]] std::optional<Error> refuseGrowth(int tokens);

/// Goes on greedily behind a prompt whose keys and values are in `cache`, from its last residual [D].
///
/// `next` is told each new token as soon as it is chosen: the observers of `plan` have then seen every token before it.
/// When this returns they have seen the last new one too. Call under InferenceMode.
/// Cancel   after each block and each token.
void growGreedily(LanguageModel& model, KvCache& cache, const at::Tensor& lastResidual, int tokens,
                  const HookPlan& plan, JobContext& context, const std::function<void(std::int32_t id)>& next);

/// Putting a picture together takes longer the more there is: a text of some length is shown now and then only.
[[nodiscard]] bool isShownWhileItGrows(std::int64_t tokens);

}  // namespace patchbay
