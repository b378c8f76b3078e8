#include "core/base/memory.h"

#include <fstream>
#include <sstream>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace patchbay {
namespace {

/// The number behind "Name:" in a proc file, in bytes.
std::int64_t procKilobytes(const char* file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::int64_t kilobytes = 0;
    std::istringstream(line.substr(name.size() + 1)) >> kilobytes;
    return kilobytes * 1024;
  }
  return 0;
}

}  // namespace

SystemMemory systemMemory() {
  return {.residentBytes = procKilobytes("/proc/self/status", "VmRSS"),
          .peakBytes = procKilobytes("/proc/self/status", "VmHWM"),
          .availableBytes = procKilobytes("/proc/meminfo", "MemAvailable"),
          .totalBytes = procKilobytes("/proc/meminfo", "MemTotal")};
}

void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);              // memory freed by one thread serves another
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that glibc takes
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

}  // namespace patchbay
