#pragma once

#include "core/tensor/panel_kernel.h"

#ifdef PB_HAS_VECTORS

namespace patchbay {

/// `multiplyPanel` and `packPanel` for processors with AVX2.
void multiplyPanelAvx2(const PanelProduct& product);
void packPanelAvx2(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t inner, float* panel);

/// Turns eight rows of eight 32-bit words into eight columns.
PB_AVX2_INLINE void transpose(__m256 (&rows)[8]) {
  __m256 pairs[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
  }
  __m256 fours[8];
  for (int i = 0; i < 8; i += 4) {
    fours[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    fours[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xEE);
    fours[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    fours[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xEE);
  }
  for (int i = 0; i < 4; ++i) {
    rows[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
    rows[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
  }
}

}  // namespace patchbay

#endif
