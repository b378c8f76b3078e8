#pragma once

#include <cstdint>
#include <span>

#include "core/checkpoint/tensor_view.h"

namespace patchbay {

/// True when `multiplyStored` has a loop for this type on this processor (AVX-512 or AVX2; all but
/// the K types).
[[nodiscard]] bool canMultiplyStored(TensorType type, std::int64_t columns);

/// At most this many rows of x are worth multiplying from the file's own form.
inline constexpr int kMaxStoredRows = 4;

/// Multiplies a few rows with a matrix in the form in which the file holds it: decoding then reads the file's few bytes
/// a weight instead of four, which is what a single row waits for.
///
/// Shapes     x [M, in], 1 <= M <= kMaxStoredRows; output row `r` of [begin, end) goes to out[m * outStride + r].
///            `order` maps an output row to a row of the file; empty: the same.
/// Precision  float32 products and sums over exactly the dequantised weights.
/// Thread     any; splits nothing by itself.
struct StoredProduct {
  const TensorView* matrix = nullptr;
  std::span<const std::int32_t> order;
  const float* x = nullptr;
  int rows = 1;
  float* out = nullptr;
  std::int64_t outStride = 0;
};
void multiplyStored(const StoredProduct& product, std::int64_t begin, std::int64_t end);

}  // namespace patchbay
