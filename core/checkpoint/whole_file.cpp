#include "core/checkpoint/whole_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

namespace patchbay {
namespace {

/// Forces what was written to disk; false when the system could not, with errno set.
bool forceToDisk(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool isDone = fsync(file) == 0;
  const int reason = errno;
  close(file);
  errno = reason;
  return isDone;
}

}  // namespace

Error cannotWrite(const std::string& path, const std::string& reason) {
  return {.code = "OUT-01",
          .what = "the file cannot be written",
          .file = path,
          .field = {},
          .found = reason,
          .expected = "a place that can be written",
          .advice = "Choose another folder or free some space."};
}

Outcome<Done> putInPlace(const std::string& temporary, const std::string& path) {
  std::error_code failure;
  std::filesystem::rename(temporary, path, failure);
  if (!failure) return Done{};
  const std::string reason = failure.message();
  std::filesystem::remove(temporary, failure);
  return cannotWrite(path, reason);
}

Outcome<Done> writeWhole(const std::string& path, const std::function<void(std::ostream&)>& write) {
  const std::string temporary = path + ".part";
  errno = 0;
  std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
  write(stream);
  stream.close();
  if (stream && forceToDisk(temporary)) return putInPlace(temporary, path);
  const std::string reason = std::strerror(errno);
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return cannotWrite(path, reason);
}

Outcome<Done> writeText(const std::string& path, std::string_view text) {
  return writeWhole(path, [&](std::ostream& stream) { stream << text; });
}

}  // namespace patchbay
