#pragma once

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/array_file.h"
#include "core/data/json.h"
#include "core/model/generator.h"
#include "core/model/language_model.h"

namespace patchbay::testing {

/// The default model, loaded once for a test program. Ends the program with a message when PATCHBAY_DEFAULT_MODEL is
/// not set: a test that needs the model must not pass without it.
[[nodiscard]] LanguageModel& defaultModel();
/// A model folder below tests/golden/tiny.
[[nodiscard]] std::shared_ptr<LanguageModel> tinyModel(const std::string& name);

/// One pair NAME.json and NAME.safetensors below tests/golden.
struct Golden {
  Json json;
  ArrayFile arrays;

  [[nodiscard]] const HostArray& array(const std::string& name) const { return arrays.arrays.at(name); }
};
[[nodiscard]] Golden readGolden(const std::string& name, bool hasArrays = true);

/// Largest |difference| of logits at the golden file's top and sampled ids.
[[nodiscard]] double logitDifference(const Distribution& logits, const Golden& golden, const Json& entry,
                                     const std::string& name, const std::vector<std::int64_t>& sampledIds);

/// Largest relative L2 difference of matching rows [rows, width].
[[nodiscard]] double relativeDifference(std::span<const float> found, std::span<const float> expected,
                                        std::size_t width);

[[nodiscard]] double largestDifference(const at::Tensor& a, const at::Tensor& b);

/// resid_post of the last block and what follows for a plain pass over ids: logits of the last token.
[[nodiscard]] Distribution lastLogits(LanguageModel& model, const std::vector<std::int32_t>& ids,
                                      const HookPlan& hooks = {});

[[nodiscard]] Sampling greedy(int tokens);
[[nodiscard]] std::vector<std::int32_t> idsOf(const Generation& generation);

}  // namespace patchbay::testing
