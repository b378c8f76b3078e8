#pragma once

#include <cstddef>
#include <span>

#include "core/checkpoint/tensor_type.h"

namespace patchbay {

/// Writes the float32 values that stored blocks stand for, bit for bit as the format defines them.
///
/// Shapes     values.size() is a multiple of blockSize(type); source.size() == bytesFor(type, values.size()).
///            A row of a matrix is always whole blocks, so any range of rows may be asked for.
/// Precision  exact: no fused multiply-add, the same on every processor.
/// Thread     any; pure. `source` need not be aligned.
/// Source     ggml-quants.c (dequantize_row_*) and quants.py of the gguf package.
void dequantize(TensorType type, std::span<const std::byte> source, std::span<float> values);

}  // namespace patchbay
