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

/// Lets the allocator keep up to 256 MB that were freed, for all threads together. Otherwise every forward pass gives
/// its activations back to the system and gets them again page by page: a seventh of the time of a pass over 512
/// tokens.
/// Thread   the first, before there are others.
void keepFreedMemory();

}  // namespace patchbay
