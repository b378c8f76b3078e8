#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/generator.h"
#include "core/model/language_model.h"

/// What analyses of whole lists of texts share: many prompts in few passes.
namespace patchbay {

/// Greedy continuations of many prompts, those of one length in one pass. Call under InferenceMode.
/// Cancel   after each block and each token.
[[nodiscard]] std::vector<std::string> continueTogether(LanguageModel& model,
                                                        const std::vector<std::vector<std::int32_t>>& prompts,
                                                        int tokens, const char* title, JobContext& context);

/// resid_post of the last token of each prompt at every layer, [N, L, D]. Call under InferenceMode.
/// Cancel   after each block.
[[nodiscard]] at::Tensor lastStates(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                                    const JobContext& context);

/// For each item another one, whose answers are not its own: whose state is a control. Chosen by the seed.
struct OtherItems {
  std::vector<std::size_t> others;
  bool areUnrelated = true;  ///< false: all items have the same answer, and there is no such control
};
[[nodiscard]] OtherItems otherItems(const std::vector<std::vector<std::string>>& answers, std::uint64_t seed);

/// Next tokens of rows, and greedy texts behind them; the texts are empty ones when none are asked for.
struct Decoded {
  std::vector<Distribution> firsts;
  std::vector<Generation> texts;
};

/// Goes on from rows whose last residual is `last` [B, 1, D]. Call under InferenceMode.
[[nodiscard]] Decoded decodeRows(LanguageModel& model, KvCache& cache, const at::Tensor& last, int tokens,
                                 const JobContext& context);

}  // namespace patchbay
