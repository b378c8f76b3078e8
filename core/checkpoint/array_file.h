#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/host_array.h"
#include "core/data/json.h"

namespace patchbay {

/// Named arrays in one file, with string metadata where the format has room for it.
struct ArrayFile {
  std::map<std::string, HostArray> arrays;
  std::map<std::string, std::string> metadata;  ///< safetensors only
};

/// Writes a safetensors file of float32 arrays: a temporary file first, renamed when whole.
/// Errors   OUT-01 the file cannot be written, with the system's reason.
[[nodiscard]] Outcome<Done> writeSafetensors(const std::string& path, const ArrayFile& file);

/// Writes a NumPy archive (npz, stored, not compressed) of float32 arrays.
/// Errors   OUT-01.
[[nodiscard]] Outcome<Done> writeNpz(const std::string& path, const ArrayFile& file);

/// Reads a safetensors file of float arrays; sizes are checked before anything is allocated.
/// Errors   those of the safetensors reader; ARR-02 an array of another type.
[[nodiscard]] Outcome<ArrayFile> readSafetensors(const std::string& path);

}  // namespace patchbay
