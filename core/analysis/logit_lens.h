#pragma once

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// The logit lens of every block and token of a prompt: softmax(W_U finalnorm(resid_post)), the final norm recomputed
/// on each state.
///
/// Shapes   as LensResult says.   Errors  those of ModelText::encode, GEN-01.
/// Cancel   after each block and each tile of the vocabulary.
/// Cost     one pass over the prompt and 2 L T D V operations.
/// Source   nostalgebraist 2020; methods section 1.1 for the read-out.
[[nodiscard]] Outcome<LensResult> runLens(LanguageModel& model, const LensRequest& request, JobContext& context);

}  // namespace patchbay
