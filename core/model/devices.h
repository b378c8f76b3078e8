#pragma once

#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/device_fact.h"

namespace patchbay {

/// What this libtorch can compute on here: the processor, then each CUDA device.
[[nodiscard]] std::vector<DeviceFact> computeDevices();

/// The device that a request names.
/// Errors   DEVICE-01 it is not here, with those that are.
[[nodiscard]] Outcome<DeviceFact> findDevice(const std::string& id);

}  // namespace patchbay
