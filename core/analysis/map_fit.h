#pragma once

#include "core/data/affine_map.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Fits affine maps between the residual streams of two models (or of one), y = x A + b, on the states of texts; every
/// seventh text is held out and says how good a map is. Position 0, an attention sink, is left out. Where the models
/// cut the texts into different tokens, states are paired that end at the same byte.
///
/// Errors   MAP-03 too many pairs, MAP-04 too few states, MAP-05 a KL fit that is no lens; PLACE-03; those of map
/// files. Cancel   after each block. Cost     one pass over the texts for each model; sums of squares of every layer, 8
/// D D bytes each. Precision   sums and solution in double. Source   methods section 1.1: least squares to the pre-norm
/// target; the ridge is 1e-5 of the mean variance.
[[nodiscard]] Outcome<AffineMap> runFitMap(LanguageModel& source, LanguageModel& target, const FitMapRequest& request,
                                           JobContext& context);

}  // namespace patchbay
