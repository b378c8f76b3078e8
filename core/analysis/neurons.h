#pragma once

#include <functional>

#include "core/data/neurons.h"
#include "core/model/language_model.h"

namespace patchbay {

/// The neurons of an MLP that write most at a token, and their activations at every token, those that the model adds
/// included; `stream` is given all there is so far as the text grows, when the token is one of the prompt.
/// Errors   PLACE-02, PLACE-03, GEN-01, GROW-01, those of the prompt.   Cancel  after each block.
/// Cost     a pass up to the layer, or a whole one and one more a new token; one row of the unembedding a neuron.
[[nodiscard]] Outcome<NeuronsResult> runNeurons(LanguageModel& model, const NeuronsRequest& request,
                                                JobContext& context,
                                                const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
