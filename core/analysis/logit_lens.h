#pragma once

#include <functional>

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// The logit lens of every block and token of a prompt: softmax(W_U finalnorm(state)), the final norm recomputed on
/// each state. The state is resid_post, or what the request's site names; with a translator it goes through its layer's
/// map first (tuned lens), with `ahead` through a text of its own (future lens).
///
/// `stream` gets all that was read so far, NaN where nothing was, after each group of columns of a long prompt and
/// after each token of a run that grows. Shapes   as LensResult says. Errors   LENS-01 a tracked token, LENS-02 a site
/// without lens, LENS-03 a head, LENS-04 a translator that does not
///          fit, LENS-05 to LENS-07 a future lens, GROW-01 a continuation; MEM-03 no room for the states; those of
///          ModelText::encode, of patches and of steering, GEN-01.
/// Cancel   after each block and each tile of the vocabulary.
/// Cost     one pass over the prompt and 2 L T D V operations; of a future lens L T passes of a token a step.
/// Source   nostalgebraist 2020; methods section 1.1 for the read-out.
[[nodiscard]] Outcome<LensResult> runLens(LanguageModel& model, const LensRequest& request, JobContext& context,
                                          const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
