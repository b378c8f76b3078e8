#include "core/tensor/attention_loops.h"

#include "core/tensor/cpu_kernel.h"
#include "core/tensor/largest.h"

namespace patchbay {

PB_CPU_CLONES void scoreKeys(const float* query, const float* keys, float* scores, std::int64_t count,
                             std::int64_t width) {
  for (std::int64_t place = 0; place < count; ++place) {
    const float* key = keys + place * width;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < width; ++i) sum += query[i] * key[i];
    scores[place] = sum;
  }
}

PB_CPU_CLONES void addValues(const float* weights, const float* values, float* out, std::int64_t count,
                             std::int64_t width) {
  for (std::int64_t place = 0; place < count; ++place) {
    const float weight = weights[place];
    const float* value = values + place * width;
    for (std::int64_t i = 0; i < width; ++i) out[i] += weight * value[i];
  }
}

PB_CPU_CLONES void softmaxScores(float* scores, std::int64_t count, float scale) {
  const float top = largest(scores, count);
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < count; ++i) {
    scores[i] = fastExp((scores[i] - top) * scale);
    sum += scores[i];
  }
  const float inverse = 1.0F / sum;
  for (std::int64_t i = 0; i < count; ++i) scores[i] *= inverse;
}

}  // namespace patchbay
