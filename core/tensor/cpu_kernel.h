#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/tensor/aten.h"

/// What the hand-written CPU loops share: one copy for each instruction set, chosen when the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PB_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PB_CPU_CLONES
#endif

namespace patchbay {

/// exp(x) for float32, relative error below 3e-7, 0 below -87 and clamped above 88. A polynomial, so that loops
/// vectorise. Source   range reduction by ln 2 and the Cephes minimax polynomial.
inline __attribute__((always_inline)) float fastExp(float x) {
  const float clamped = std::min(std::max(x, -87.0F), 88.0F);
  // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number without a library call.
  const float shifted = clamped * 1.44269504088896341F + 12582912.0F;
  const float whole = shifted - 12582912.0F;
  const float r = (clamped - whole * 0.693359375F) - whole * -2.12194440e-4F;
  float y = 1.9875691500e-4F;
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * r * r + r + 1.0F;
  const auto exponent = (static_cast<std::int32_t>(whole) + 127) << 23;
  const float value = y * std::bit_cast<float>(exponent);
  return x < -87.0F ? 0.0F : value;
}

/// True when the raw float loops may run on this tensor.
inline bool isFastFloat(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat && x.device().is_cpu() && x.is_contiguous();
}

/// Rows a thread should take at least, so that small work stays on one thread.
inline std::int64_t rowGrain(std::int64_t width) {
  return std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(1, width));
}

}  // namespace patchbay
