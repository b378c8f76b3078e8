#pragma once

#include "core/tensor/panel_kernel.h"

#ifdef PB_HAS_VECTORS

namespace patchbay {

/// Turns sixteen rows of sixteen 32-bit words into sixteen columns.
PB_AVX512_INLINE void transpose(__m512i (&rows)[16]) {
  __m512i step[16];
  for (int i = 0; i < 16; i += 4) {
    const __m512i a = _mm512_unpacklo_epi32(rows[i], rows[i + 1]), b = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    const __m512i c = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]),
                  d = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
    step[i] = _mm512_unpacklo_epi64(a, c);
    step[i + 1] = _mm512_unpackhi_epi64(a, c);
    step[i + 2] = _mm512_unpacklo_epi64(b, d);
    step[i + 3] = _mm512_unpackhi_epi64(b, d);
  }
  for (int i = 0; i < 4; ++i) {
    const __m512i a = _mm512_shuffle_i32x4(step[i], step[i + 4], 0x88),
                  b = _mm512_shuffle_i32x4(step[i], step[i + 4], 0xDD);
    const __m512i c = _mm512_shuffle_i32x4(step[i + 8], step[i + 12], 0x88),
                  d = _mm512_shuffle_i32x4(step[i + 8], step[i + 12], 0xDD);
    rows[i] = _mm512_shuffle_i32x4(a, c, 0x88);
    rows[i + 8] = _mm512_shuffle_i32x4(a, c, 0xDD);
    rows[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
    rows[i + 12] = _mm512_shuffle_i32x4(b, d, 0xDD);
  }
}

}  // namespace patchbay

#endif
