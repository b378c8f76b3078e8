#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace patchbay {

/// One tensor as the header of a .safetensors file states it, before it is checked against the file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;
  bool hasShape = false;
};

}  // namespace patchbay
