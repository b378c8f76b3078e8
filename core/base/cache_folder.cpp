#include "core/base/cache_folder.h"

#include <cstdlib>
#include <system_error>

namespace patchbay {

std::filesystem::path cacheFolder() {
  std::error_code failure;
  if (const char* chosen = std::getenv("XDG_CACHE_HOME"); chosen && *chosen)
    return std::filesystem::path(chosen) / "patchbay";
  if (const char* home = std::getenv("HOME"); home && *home) return std::filesystem::path(home) / ".cache" / "patchbay";
  return std::filesystem::temp_directory_path(failure);
}

}  // namespace patchbay
