#include "core/analysis/state_storage.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/cache_folder.h"
#include "core/base/log.h"

namespace patchbay {
namespace {

/// Descriptor of a new file of `bytes` bytes that no folder lists; -1 when there is none.
int namelessFile(std::int64_t bytes) {
  const std::filesystem::path folder = cacheFolder();
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  // mkstemp puts letters of its own in the place of the last six.
  std::string name = (folder / "states-").string() + std::string(6, 'X');
  const int file = mkstemp(name.data());
  if (file < 0) return -1;
  unlink(name.c_str());
  // Room is taken now: a full disk is no reason to die in the middle of a block.
  if (posix_fallocate(file, 0, bytes) == 0) return file;
  close(file);
  return -1;
}

std::int64_t bytesOf(at::IntArrayRef sizes, const at::TensorOptions& options) {
  std::int64_t bytes = static_cast<std::int64_t>(options.dtype().itemsize());
  for (const std::int64_t size : sizes) bytes *= size;
  return bytes;
}

}  // namespace

at::Tensor newStates(at::IntArrayRef sizes, const at::TensorOptions& options) {
  const std::int64_t bytes = bytesOf(sizes, options);
  if (bytes <= kStatesInMemory || !options.device().is_cpu()) return at::empty(sizes, options);
  const int file = namelessFile(bytes);
  void* place = file < 0 ? MAP_FAILED
                         : mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0) close(file);  // the mapping keeps it
  if (place == MAP_FAILED) {
    log(LogLevel::Warning, "no room for states in " + cacheFolder().string() + "; they stay in memory");
    return at::empty(sizes, options);
  }
  return at::from_blob(
      place, sizes, [bytes](void* mapped) { munmap(mapped, static_cast<std::size_t>(bytes)); }, options);
}

void restLayer(const at::Tensor& states, std::int64_t layer) {
  if (!states.is_cpu() || static_cast<std::int64_t>(states.nbytes()) <= kStatesInMemory) return;
  const at::Tensor part = states[layer];
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(part.data_ptr());
  // Whole pages only; of memory that is no file this would be a loss, which `newStates` falls back to.
  const std::uintptr_t first = (begin + page - 1) / page * page, end = (begin + part.nbytes()) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_PAGEOUT);
}

std::optional<Error> refuseStates(std::int64_t bytes) {
  if (bytes <= kStatesInMemory) return std::nullopt;
  std::error_code failure;
  std::filesystem::create_directories(cacheFolder(), failure);
  const auto space = std::filesystem::space(cacheFolder(), failure);
  const std::int64_t free = failure ? kStatesOnDisk : static_cast<std::int64_t>(space.available);
  const std::int64_t limit = std::min(free, kStatesOnDisk);
  if (bytes <= limit) return std::nullopt;
  const auto gigabytes = [](std::int64_t size) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f GB", static_cast<double>(size) / 1e9);
    return std::string(text.data());
  };
  return Error{.code = "MEM-03",
               .what = "the states of this prompt do not fit on the disk",
               .file = cacheFolder().string(),
               .field = "prompt",
               .found = gigabytes(bytes) + " of states",
               .expected = "at most " + gigabytes(limit),
               .advice = "Shorten the prompt, or make room on the disk."};
}

}  // namespace patchbay
