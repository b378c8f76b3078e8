#include "core/tensor/panel_kernel_avx2.h"

#ifdef PB_HAS_VECTORS

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay {
namespace {

/// Rows of one pass: 12 sums, two registers of the panel and one of activations.
constexpr std::int64_t kRowsAvx2 = 6;
/// Columns of one pass.
constexpr std::int64_t kHalf = kPanelWidth / 2;

/// All bits of the first `count` of eight words.
PB_AVX2_INLINE __m256i maskOf(std::int64_t count) {
  const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(std::clamp<std::int64_t>(count, 0, 8))), places);
}

/// Rows [first, first + kRows) times columns [column, column + 16) of the panel.
template <int kRows>
PB_AVX2 void multiplyRows(const PanelProduct& product, std::int64_t first, std::int64_t column) {
  const std::int64_t width = product.width - column;
  const __m256i low = maskOf(width), high = maskOf(width - 8);
  const float* rows[kRows];
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r) rows[r] = product.a + (first + r) * product.aStride;
  const std::int64_t inner = product.inner, stride = product.panelStride;
  const float* panel = product.panel + column;
  float* out = product.out + first * product.outStride + column;
  __m256 sums[kRows][2];  // every loop over them is unrolled, or they would live in memory
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r) {
    sums[r][0] = product.adds ? _mm256_maskload_ps(out + r * product.outStride, low) : _mm256_setzero_ps();
    sums[r][1] = product.adds ? _mm256_maskload_ps(out + r * product.outStride + 8, high) : _mm256_setzero_ps();
  }
  for (std::int64_t k = 0; k < inner; ++k, panel += stride) {
    const __m256 left = _mm256_loadu_ps(panel), right = _mm256_loadu_ps(panel + 8);
    _mm_prefetch(reinterpret_cast<const char*>(panel + 8 * stride), _MM_HINT_T0);
#pragma GCC unroll 6
    for (int r = 0; r < kRows; ++r) {
      const __m256 value = _mm256_broadcast_ss(rows[r] + k);
      sums[r][0] = _mm256_fmadd_ps(value, left, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(value, right, sums[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r) {
    _mm256_maskstore_ps(out + r * product.outStride, low, sums[r][0]);
    _mm256_maskstore_ps(out + r * product.outStride + 8, high, sums[r][1]);
  }
}

using Pass = void (*)(const PanelProduct&, std::int64_t, std::int64_t);

template <std::size_t... kCounts>
constexpr auto makePasses(std::index_sequence<kCounts...>) {
  return std::array<Pass, sizeof...(kCounts)>{&multiplyRows<static_cast<int>(kCounts) + 1>...};
}
constexpr auto kPasses = makePasses(std::make_index_sequence<kRowsAvx2>());

/// An 8 x 8 corner of the rows to its place in the panel; rows from `count` on are 0.
PB_AVX2_INLINE void packCorner(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t columns,
                               float* panel) {
  const __m256i mask = maskOf(columns);
  __m256 words[8];
  for (int r = 0; r < 8; ++r)
    words[r] = r < count ? _mm256_maskload_ps(rows + r * rowStride, mask) : _mm256_setzero_ps();
  transpose(words);
  for (int c = 0; c < 8; ++c)
    if (c < columns) _mm256_storeu_ps(panel + c * kPanelWidth, words[c]);
}

PB_AVX2 void packRows(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t inner, float* panel) {
  for (std::int64_t k = 0; k < inner; k += 8) {
    for (std::int64_t part = 0; part < kPanelWidth; part += 8)
      packCorner(rows + part * rowStride + k, rowStride, count - part, std::min<std::int64_t>(8, inner - k),
                 panel + k * kPanelWidth + part);
  }
}

}  // namespace

void multiplyPanelAvx2(const PanelProduct& product) {
  const std::int64_t passes = (product.rows + kRowsAvx2 - 1) / kRowsAvx2;
  for (std::int64_t column = 0; column < product.width; column += kHalf) {
    for (std::int64_t pass = 0, first = 0; pass < passes; ++pass) {
      const std::int64_t count = (product.rows - first + passes - pass - 1) / (passes - pass);
      kPasses[static_cast<std::size_t>(count - 1)](product, first, column);
      first += count;
    }
  }
}

void packPanelAvx2(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t inner, float* panel) {
  packRows(rows, rowStride, count, inner, panel);
}

}  // namespace patchbay

#endif
