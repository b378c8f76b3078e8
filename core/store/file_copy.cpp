#include "core/store/file_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/store/store_failure.h"

namespace patchbay {
namespace {

[[noreturn]] void fail(const std::string& file) {
  throw StoreFailure{{.code = errno == ENOSPC ? "STORE-08" : "STORE-09",
                      .what = "the copy could not be written",
                      .file = file,
                      .field = {},
                      .found = std::generic_category().message(errno),
                      .expected = {},
                      .advice = "Choose another place."}};
}

void bringToDisk(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(path);
  const int code = ::fsync(file);
  ::close(file);
  if (code != 0) fail(path);
}

}  // namespace

void replaceFile(const std::string& target, const std::function<void(const std::string& temporary)>& write) {
  const std::string temporary = target + ".partial";
  ::unlink(temporary.c_str());
  try {
    write(temporary);
    bringToDisk(temporary);
    if (std::rename(temporary.c_str(), target.c_str()) != 0) fail(target);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  bringToDisk(std::filesystem::path(target).parent_path().string());
}

}  // namespace patchbay
