#pragma once

#include <functional>

#include "core/data/explore.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Lengths, principal components, cosines and outstanding channels of activations, layer by layer; of a prompt that the
/// model goes on with `stream` is given all there is so far as the text grows.
///
/// Shapes   as ExploreResult says.
/// Errors   EXPL-01 a site without a stream's width, EXPL-02 too many texts or places, EXPL-03 no place,
///          EXPL-04 a continuation of texts, GROW-01; those of ModelText::encode, GEN-01.
/// Cancel   after each block and each layer's components.
/// Cost     one pass a text, and an eigenproblem of min(N, D) rows for each layer; while a text grows those of every
///          token, from 48 places on of every eighth.
[[nodiscard]] Outcome<ExploreResult> runExplore(LanguageModel& model, const ExploreRequest& request,
                                                JobContext& context,
                                                const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
