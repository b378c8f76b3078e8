#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/tensor_view.h"

namespace patchbay {

/// What one .safetensors file holds.
struct SafetensorsFile {
  std::vector<TensorView> tensors;    ///< in the order of their bytes; they point into the file
  std::span<const std::byte> header;  ///< the length and the JSON text
  std::vector<std::string> warnings;
};

/// Reads and checks the header of one .safetensors file against the file's size.
/// Errors   throws Refusal ST-01 to ST-11.
[[nodiscard]] SafetensorsFile readSafetensors(const MappedFile& file);

}  // namespace patchbay
