#pragma once

#include <cstdint>

namespace patchbay {

/// The largest of `count` values, at least one. With std::max the loop does not vectorise (g++ 12). For files that
/// are compiled with -fopenmp-simd.
inline __attribute__((always_inline)) float largest(const float* x, std::int64_t count) {
  float top = x[0];
#pragma omp simd reduction(max : top)
  for (std::int64_t i = 1; i < count; ++i) top = x[i] > top ? x[i] : top;
  return top;
}

}  // namespace patchbay
