#pragma once

#include "core/data/multi_hop.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Each question of a list in one sentence, step by step, and by the patch: the state of the first step's last token,
/// read at each layer, stands at each layer in the place of the bridge in the second. Beside it the same with the state
/// of another item's first step.
///
/// Errors   LIST-01, LIST-03 the model knows both steps of no item, LIST-04 the length of the text, LIST-05 too many
///          layers; PLACE-03; those of ModelText::encode, GEN-01.
/// Cancel   after each block and each token.
/// Cost     2 S S texts an item, S the layers.
/// Source   Ghandeharioun et al. 2024, Patchscopes, section 5; methods section 1.2.
[[nodiscard]] Outcome<MultiHopResult> runMultiHop(LanguageModel& model, const MultiHopRequest& request,
                                                  JobContext& context);

}  // namespace patchbay
