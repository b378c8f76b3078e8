#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_type.h"

namespace patchbay {

/// One stored tensor: its name as in the file, its shape, and where its bytes are. Borrowed from the Checkpoint.
struct TensorView {
  std::string name;                 ///< "blk.0.attn_q.weight" in GGUF, "model.layers.0..." in safetensors
  std::vector<std::int64_t> shape;  ///< Hugging Face order, [out, in]; GGUF dimensions are reversed
  TensorType type = TensorType::F32;
  std::span<const std::byte> bytes;  ///< exactly the shape in the type; not always aligned for the type

  /// The product of the shape; checked on reading, so it cannot overflow.
  [[nodiscard]] std::int64_t valueCount() const {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    return count;
  }
};

}  // namespace patchbay
