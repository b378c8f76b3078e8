#pragma once

#include <cstdint>

#include "core/tensor/aten.h"

/// The loops over one query's keys that the fused ways of attention share.
namespace patchbay {

/// Whether the float rows [..., N, K] of each head stand side by side in memory; of a single row the stride says
/// nothing.
[[nodiscard]] inline bool areRowsDense(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat && x.device().is_cpu() && x.stride(-1) == 1 &&
         (x.size(-2) == 1 || x.stride(-2) == x.size(-1));
}

/// scores[place] = query . keys[place]; keys [count, width].
void scoreKeys(const float* query, const float* keys, float* scores, std::int64_t count, std::int64_t width);
/// out += sum of weights[place] * values[place]; values [count, width].
void addValues(const float* weights, const float* values, float* out, std::int64_t count, std::int64_t width);
/// scores := softmax(scale * scores), in place.
void softmaxScores(float* scores, std::int64_t count, float scale);

}  // namespace patchbay
