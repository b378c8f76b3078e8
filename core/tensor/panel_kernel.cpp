#include "core/tensor/panel_kernel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/tensor/panel_kernel_avx2.h"
#include "core/tensor/transpose.h"
#include "core/tensor/vector_level.h"

namespace patchbay {

#ifdef PB_HAS_VECTORS
namespace {

template <int kRows>
PB_AVX512 void multiplyRows(const PanelProduct& product, std::int64_t first) {
  const auto low = static_cast<__mmask16>((1U << std::min<std::int64_t>(product.width, 16)) - 1);
  const auto high = static_cast<__mmask16>((1U << std::max<std::int64_t>(product.width - 16, 0)) - 1);
  const float* a = product.a + first * product.aStride;
  const float* panel = product.panel;
  float* out = product.out + first * product.outStride;
  __m512 sums[kRows][2];
  for (int r = 0; r < kRows; ++r) {
    sums[r][0] = product.adds ? _mm512_maskz_loadu_ps(low, out + r * product.outStride) : _mm512_setzero_ps();
    sums[r][1] = product.adds ? _mm512_maskz_loadu_ps(high, out + r * product.outStride + 16) : _mm512_setzero_ps();
  }
  for (std::int64_t k = 0; k < product.inner; ++k, panel += product.panelStride) {
    const __m512 left = _mm512_loadu_ps(panel), right = _mm512_loadu_ps(panel + 16);
    _mm_prefetch(reinterpret_cast<const char*>(panel + 8 * product.panelStride), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(panel + 8 * product.panelStride + 16), _MM_HINT_T0);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const __m512 value = _mm512_set1_ps(a[r * product.aStride + k]);
      sums[r][0] = _mm512_fmadd_ps(value, left, sums[r][0]);
      sums[r][1] = _mm512_fmadd_ps(value, right, sums[r][1]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    _mm512_mask_storeu_ps(out + r * product.outStride, low, sums[r][0]);
    _mm512_mask_storeu_ps(out + r * product.outStride + 16, high, sums[r][1]);
  }
}

using Pass = void (*)(const PanelProduct&, std::int64_t);

template <std::size_t... kCounts>
constexpr auto makePasses(std::index_sequence<kCounts...>) {
  return std::array<Pass, sizeof...(kCounts)>{&multiplyRows<static_cast<int>(kCounts) + 1>...};
}
constexpr auto kPasses = makePasses(std::make_index_sequence<kPanelRows>());

/// A 16 x 16 corner of the rows to its place in the panel; rows from `count` on are 0.
PB_AVX512_INLINE void packCorner(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t columns,
                                 float* panel) {
  const auto mask = static_cast<__mmask16>((1U << columns) - 1);
  __m512i words[16];
  for (int r = 0; r < 16; ++r) {
    words[r] =
        r < count ? _mm512_castps_si512(_mm512_maskz_loadu_ps(mask, rows + r * rowStride)) : _mm512_setzero_si512();
  }
  transpose(words);
  for (int c = 0; c < 16; ++c)
    if (c < columns) _mm512_storeu_si512(panel + c * kPanelWidth, words[c]);
}

PB_AVX512 void packRows(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t inner,
                        float* panel) {
  for (std::int64_t k = 0; k < inner; k += 16) {
    const std::int64_t columns = std::min<std::int64_t>(16, inner - k);
    for (std::int64_t half = 0; half < kPanelWidth; half += 16)
      packCorner(rows + half * rowStride + k, rowStride, count - half, columns, panel + k * kPanelWidth + half);
  }
}

}  // namespace

void multiplyPanel(const PanelProduct& product) {
  if (vectorLevel() != VectorLevel::Avx512) return multiplyPanelAvx2(product);
  // Passes of nearly the same size: one row by itself would wait for each of its products.
  const std::int64_t passes = (product.rows + kPanelRows - 1) / kPanelRows;
  for (std::int64_t pass = 0, first = 0; pass < passes; ++pass) {
    const std::int64_t count = (product.rows - first + passes - pass - 1) / (passes - pass);
    kPasses[static_cast<std::size_t>(count - 1)](product, first);
    first += count;
  }
}

void packPanel(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t inner, float* panel) {
  if (vectorLevel() != VectorLevel::Avx512) return packPanelAvx2(rows, rowStride, count, inner, panel);
  packRows(rows, rowStride, count, inner, panel);
}

#else

void multiplyPanel(const PanelProduct&) {}
void packPanel(const float*, std::int64_t, std::int64_t, std::int64_t, float*) {}

#endif

bool hasPanelKernel() { return vectorLevel() != VectorLevel::None; }

}  // namespace patchbay
