#pragma once

#include <string>

namespace patchbay::tests {

/// Makes a device known to libtorch that computes as the host does and is as strict as a GPU: an operation throws where
/// tensors of the host meet tensors of the device, or where it would have to make another tensor longer, and the
/// program dies where anything but an operation reads or writes the device's memory.
///
/// Returns the device's name, "strict:0". Call once, before a tensor is made on it.
std::string addStrictDevice();

}  // namespace patchbay::tests
