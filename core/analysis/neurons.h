#pragma once

#include "core/data/neurons.h"
#include "core/model/language_model.h"

namespace patchbay {

/// The neurons of an MLP that write most at a token.
/// Errors   PLACE-02, PLACE-03, GEN-01, those of the prompt.   Cancel  after each block.
/// Cost     a pass up to the layer, and one row of the unembedding a neuron.
[[nodiscard]] Outcome<NeuronsResult> runNeurons(LanguageModel& model, const NeuronsRequest& request,
                                                JobContext& context);

}  // namespace patchbay
