#pragma once

#include <cstdint>
#include <span>

#include "core/checkpoint/tensor_view.h"

namespace patchbay {

/// Multiplies many rows with a matrix in the form in which the file holds it, on vector registers: the weights of 32
/// outputs at a time are decoded into a panel that stays in the second cache, and all rows go through it. No dense copy
/// of the matrix is needed, and a row's result does not depend on the rows beside it. For the types of
/// `canMultiplyStored`.
///
/// Shapes     x [M, in]; out [M, ...]: output row `r` of [begin, end) goes to out[m * outStride + r - begin].
///            `order` maps an output row to a row of the file; empty: the same.
/// Precision  float32 products and sums over exactly the dequantised weights.
/// Thread     any; splits nothing by itself.
struct DecodedProduct {
  const TensorView* matrix = nullptr;
  std::span<const std::int32_t> order;
  const float* x = nullptr;
  std::int64_t rows = 0;
  float* out = nullptr;
  std::int64_t outStride = 0;
};
void multiplyDecoded(const DecodedProduct& product, std::int64_t begin, std::int64_t end);

}  // namespace patchbay
