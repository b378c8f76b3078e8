#pragma once

#include <functional>

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Runs a Patchscope: read resid_post of (source, token, layer), map it, write it at (target, token, layer), for every
/// pair of layers asked for, and continue each greedily. Source and target may be of different models (`reader` and
/// `writer`). The patch acts in the prompt only; decoding keeps its keys.
///
/// The result holds three things to compare with: the logit lens of the same states, the unpatched target's answer and
/// the source's own answer.
/// Errors   PLACE-02, PLACE-03 outside prompt or model, SCOPE-01 too many pairs, MAP-01 and MAP-02 of the map, those of
/// ModelText::encode, GEN-01. Cancel   after each block and each token.   Cost  design section 6: one walk over the
/// layers for all pairs. Source   Ghandeharioun et al. 2024 (arXiv 2401.06102), section 3; methods section 1.1.
[[nodiscard]] Outcome<PatchscopeResult> runPatchscope(LanguageModel& reader, LanguageModel& writer,
                                                      const PatchscopeRequest& request, JobContext& context,
                                                      const std::function<void(const StreamedTokens&)>& stream = {});
/// The same within one model.
[[nodiscard]] inline Outcome<PatchscopeResult> runPatchscope(
    LanguageModel& model, const PatchscopeRequest& request, JobContext& context,
    const std::function<void(const StreamedTokens&)>& stream = {}) {
  return runPatchscope(model, model, request, context, stream);
}

}  // namespace patchbay
