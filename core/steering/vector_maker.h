#pragma once

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Mean of the positive texts' states minus mean of the negative texts', at every layer: plain text, raw.
///
/// Shapes   rows [L, D]; meanNorms [L] over all texts and tokens but position 0, an attention sink.
/// Errors   VEC-01 a list is empty, VEC-02 a text gives no token (named), GEN-01.
/// Cancel   after each block.   Source  Rimsky et al. 2023 (CAA), section 3; design section 10 for the defaults.
[[nodiscard]] Outcome<SteeringVector> makeVector(LanguageModel& model, const MakeVectorRequest& request,
                                                 JobContext& context);

}  // namespace patchbay
