#pragma once

#include <cstdint>

namespace patchbay {

/// Memory of this machine and this process; 0 where the system does not say.
struct SystemMemory {
  std::int64_t residentBytes = 0;   ///< of this process
  std::int64_t peakBytes = 0;       ///< most that this process has held
  std::int64_t availableBytes = 0;  ///< free for use, caches counted as free
  std::int64_t totalBytes = 0;
};

/// Thread   any.   Cost  tens of microseconds (reads the proc file system).
[[nodiscard]] SystemMemory systemMemory();

}  // namespace patchbay
