#pragma once

#include <cstdint>

/// The loops over one query's keys that the fused ways of attention share.
namespace patchbay {

/// scores[place] = query . keys[place]; keys [count, width].
void scoreKeys(const float* query, const float* keys, float* scores, std::int64_t count, std::int64_t width);
/// out += sum of weights[place] * values[place]; values [count, width].
void addValues(const float* weights, const float* values, float* out, std::int64_t count, std::int64_t width);
/// scores := softmax(scale * scores), in place.
void softmaxScores(float* scores, std::int64_t count, float scale);

}  // namespace patchbay
