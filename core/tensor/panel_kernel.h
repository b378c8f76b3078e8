#pragma once

#include <cstdint>

/// Functions written for AVX-512 and AVX2 are compiled for them and run where `vectorLevel` names them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
#define PB_HAS_VECTORS 1
#define PB_AVX2 __attribute__((target("avx2,fma,f16c")))
#define PB_AVX2_INLINE __attribute__((target("avx2,fma,f16c"), always_inline)) inline
#define PB_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,f16c,fma")))
#define PB_AVX512_INLINE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,f16c,fma"), always_inline)) inline
#endif

namespace patchbay {

/// Outputs of one panel.
inline constexpr std::int64_t kPanelWidth = 32;
/// Rows that share one pass over a panel with AVX-512: 24 sums, the panel's two registers and one of activations. AVX2
/// has half the registers of half the width, so there a pass is half as many rows and half a panel.
inline constexpr std::int64_t kPanelRows = 12;

/// True when `multiplyPanel` may run on this processor: AVX-512 or AVX2.
[[nodiscard]] bool hasPanelKernel();

/// Rows times a panel: the innermost loop of every dense float32 product on the CPU.
///
/// Shapes     a [rows, inner], row r at a + r * aStride; panel [inner, 32], row k at panel + k * panelStride; out
///            [rows, width], row r at out + r * outStride. Only `width` (at most 32) columns are written, but 32 are
///            read from the panel.
/// Precision  float32 products and sums in the order of `inner`; a row's result does not depend on its neighbours.
struct PanelProduct {
  const float* a = nullptr;
  std::int64_t aStride = 0;
  std::int64_t rows = 0;
  std::int64_t inner = 0;
  const float* panel = nullptr;
  std::int64_t panelStride = kPanelWidth;
  float* out = nullptr;
  std::int64_t outStride = 0;
  std::int64_t width = kPanelWidth;
  bool adds = false;  ///< to what `out` holds
};
void multiplyPanel(const PanelProduct& product);

/// Turns `count` (at most 32) rows [count, inner] into a panel [inner, 32]; columns beyond `count` become 0.
void packPanel(const float* rows, std::int64_t rowStride, std::int64_t count, std::int64_t inner, float* panel);

}  // namespace patchbay
