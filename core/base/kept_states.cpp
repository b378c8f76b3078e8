#include "core/base/kept_states.h"

#include <system_error>

#include "core/base/cache_folder.h"

namespace patchbay {

std::filesystem::path keptStatesFolder() { return cacheFolder() / "training-states"; }

std::int64_t keptStatesSize() {
  std::int64_t bytes = 0;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(keptStatesFolder(), failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code gone;
    const std::uintmax_t size = entry->file_size(gone);
    if (!gone) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

void deleteKeptStates() {
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(keptStatesFolder(), failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code kept;
    if (entry->is_regular_file(kept)) std::filesystem::remove(entry->path(), kept);
  }
}

}  // namespace patchbay
