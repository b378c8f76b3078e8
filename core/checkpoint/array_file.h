#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/outcome.h"
#include "core/checkpoint/tensor_type.h"
#include "core/data/host_array.h"
#include "core/data/json.h"

namespace patchbay {

/// Named arrays in one file, with string metadata where the format has room for it.
struct ArrayFile {
  std::map<std::string, HostArray> arrays;
  std::map<std::string, std::string> metadata;  ///< safetensors only
};

/// Writes a safetensors file, its arrays as F32 or as BF16 (rounded to the nearest, ties to even).
/// Errors   those of writeWhole.
[[nodiscard]] Outcome<Done> writeSafetensors(const std::string& path, const ArrayFile& file,
                                             TensorType type = TensorType::F32);

/// Writes a NumPy archive (npz, stored, not compressed) of float32 arrays.
/// Errors   OUT-01.
[[nodiscard]] Outcome<Done> writeNpz(const std::string& path, const ArrayFile& file);

/// Reads a safetensors file of float arrays; sizes are checked before anything is allocated.
/// Errors   those of the safetensors reader; ARR-02 an array of another type.
[[nodiscard]] Outcome<ArrayFile> readSafetensors(const std::string& path);

}  // namespace patchbay
