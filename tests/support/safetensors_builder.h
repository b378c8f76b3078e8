#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/json.h"

namespace patchbay::tests {

/// A tensor that a test writes.
struct PlainTensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

/// The header of a .safetensors file that holds `tensors` one after the other.
[[nodiscard]] Json safetensorsHeader(const std::vector<PlainTensor>& tensors);
/// A whole file: header length, `header` as it is, then `data`.
[[nodiscard]] std::string safetensorsFile(std::string_view header, std::string_view data);
[[nodiscard]] std::string safetensorsFile(const std::vector<PlainTensor>& tensors);
/// The bytes of all tensors, one after the other.
[[nodiscard]] std::string safetensorsData(const std::vector<PlainTensor>& tensors);

/// Writes a whole file. Throws when that fails: a test cannot go on.
void writeFile(const std::string& path, std::string_view bytes);
[[nodiscard]] std::string readFile(const std::string& path);

}  // namespace patchbay::tests
