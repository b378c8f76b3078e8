#pragma once

#include "core/data/attribution.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Direct logit attribution of one token's answer, in one pass.
/// Errors   PLACE-02, GEN-01, those of the prompt; ATTR-01 the two tokens are the same.
/// Precision   the parts sum to the model's own logit (difference) within 1e-3 of the sum of their sizes.
/// Source   Elhage et al. 2021, A Mathematical Framework for Transformer Circuits; the final norm's scale is that of
/// the
///          whole stream, as in TransformerLens' `apply_ln_to_stack`.
[[nodiscard]] Outcome<AttributionResult> runAttribution(LanguageModel& model, const AttributionRequest& request,
                                                        JobContext& context);

}  // namespace patchbay
