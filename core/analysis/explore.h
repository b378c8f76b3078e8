#pragma once

#include "core/data/explore.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Lengths, principal components, cosines and outstanding channels of activations, layer by layer.
///
/// Shapes   as ExploreResult says.
/// Errors   EXPL-01 a site without a stream's width, EXPL-02 too many texts or places, EXPL-03 no place; those of
///          ModelText::encode, GEN-01.
/// Cancel   after each block and each layer's components.
/// Cost     one pass a text, and an eigenproblem of min(N, D) rows for each layer.
[[nodiscard]] Outcome<ExploreResult> runExplore(LanguageModel& model, const ExploreRequest& request,
                                                JobContext& context);

}  // namespace patchbay
