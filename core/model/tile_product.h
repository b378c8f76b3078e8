#pragma once

#include <cstdint>
#include <span>

#include "core/checkpoint/tensor_view.h"
#include "core/model/split_rows.h"

namespace patchbay {

/// True when `multiplyTiles` has a loop for this type on this processor: AMX with bfloat16, and a type whose codes are
/// exact in bfloat16 with one scale for 32 columns (Q4_0, Q4_1, Q5_0, Q5_1, Q8_0) or none (BF16).
[[nodiscard]] bool canMultiplyTiles(TensorType type, std::int64_t columns);

/// Multiplies many rows with a matrix in the form in which the file holds it, on the processor's tile registers: the
/// codes of a block times the three terms of the activations, then scale and offset in float32. No dense copy of the
/// matrix is needed, and a row's result does not depend on the rows beside it.
///
/// Shapes     out [M, ...]: output row `r` of [begin, end) goes to out[m * outStride + r - begin].
///            `order` maps an output row to a row of the file; empty: the same.
/// Precision  products exact, sums in float32: as a float32 product.
/// Thread     any; splits nothing by itself.
struct TileProduct {
  const TensorView* matrix = nullptr;
  std::span<const std::int32_t> order;
  const SplitRows* x = nullptr;
  float* out = nullptr;
  std::int64_t outStride = 0;
};
void multiplyTiles(const TileProduct& product, std::int64_t begin, std::int64_t end);

}  // namespace patchbay
