#pragma once

#include <vector>

#include "core/data/affine_map.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Improves a lens by the divergence that it is judged by: minimises KL(model's own next token || lens) of every layer
/// below the last, by Adam on the map's correction of the state, over the given texts in turn. Replaces the matrices
/// and offsets of `map` and its method; its figures of explained variance are then those of another map.
///
/// Cancel   after each layer of a step.
/// Cost     a step: one text's pass, and three products with the unembedding a layer.
/// Source   Belrose et al. 2023, Eliciting Latent Predictions from Transformers with the Tuned Lens, section 3.
void descendLens(LanguageModel& model, AffineMap& map, const std::vector<std::vector<std::int32_t>>& texts, int steps,
                 JobContext& context);

/// Mean over tokens, the first left out, of KL(model's own next token || lens of a layer), bits: [pairs].
[[nodiscard]] std::vector<float> lensDivergence(LanguageModel& model, const AffineMap& map,
                                                const std::vector<std::vector<std::int32_t>>& texts,
                                                JobContext& context);

}  // namespace patchbay
