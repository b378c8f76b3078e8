#pragma once

#include <functional>
#include <optional>

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/generator.h"
#include "core/model/language_model.h"

namespace patchbay {

/// A plain continuation that may be used again while only the steering changes.
struct PlainContinuation {
  Prompt prompt;
  Sampling sampling;
  std::vector<std::int32_t> ids;
  Continuation continuation;
};

/// Plain and steered greedy or sampled continuation of one prompt.
///
/// `plain` is used when it belongs to the same prompt and sampling, and holds this run's plain continuation afterwards.
/// Errors   as addSteering, those of ModelText::encode, VEC-04 no vector, GEN-01.
/// Cancel   after each block and each token. Lanes of `stream`: 0 plain, 1 steered.
/// Source   design section 10.
[[nodiscard]] Outcome<SteerResult> runSteer(LanguageModel& model, const SteerRequest& request, JobContext& context,
                                            std::optional<PlainContinuation>& plain,
                                            const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
