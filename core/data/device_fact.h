#pragma once

#include <string>

namespace patchbay {

/// Something that computes.
struct DeviceFact {
  std::string id;    ///< as requests name it: "cpu", "cuda:0"
  std::string name;  ///< for people: "CPU", "CUDA 0"
  bool operator==(const DeviceFact&) const = default;
};

}  // namespace patchbay
