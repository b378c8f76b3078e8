#include "core/model/devices.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace patchbay {
namespace {

/// None also where libtorch was built without it, or the machine has no driver.
int countOf(c10::DeviceType type) {
  return c10::impl::hasDeviceGuardImpl(type) ? c10::impl::getDeviceGuardImpl(type)->deviceCount() : 0;
}

}  // namespace

std::vector<DeviceFact> computeDevices() {
  std::vector<DeviceFact> devices{{.id = "cpu", .name = "CPU"}};
  // CUDA, and what other makers register themselves under libtorch's private name.
  for (const c10::DeviceType type : {c10::DeviceType::CUDA, c10::DeviceType::PrivateUse1}) {
    for (int i = 0; i < countOf(type); ++i) {
      const std::string number = std::to_string(i);
      devices.push_back(
          {.id = c10::DeviceTypeName(type, true) + ":" + number, .name = c10::DeviceTypeName(type) + " " + number});
    }
  }
  return devices;
}

Outcome<DeviceFact> findDevice(const std::string& id) {
  std::string known;
  for (const DeviceFact& device : computeDevices()) {
    if (device.id == id) return device;
    known += (known.empty() ? "" : ", ") + device.id;
  }
  return Error{.code = "DEVICE-01",
               .what = "there is no such device here",
               .file = {},
               .field = "device",
               .found = id,
               .expected = known,
               .advice =
                   "Choose one of these. CUDA devices need a libtorch that was built for them: packaging/start.sh "
                   "--libtorch DIR."};
}

}  // namespace patchbay
