#pragma once

#include <filesystem>

namespace patchbay {

/// Where the program may put what it can make again: patchbay in $XDG_CACHE_HOME, else in ~/.cache.
[[nodiscard]] std::filesystem::path cacheFolder();

}  // namespace patchbay
