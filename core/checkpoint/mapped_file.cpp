#include "core/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace patchbay {
namespace {

/// Closes a file descriptor at the end of its scope; a mapping lives on without it.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

Error openFailure(const std::string& path, int reason) {
  const bool isMissing = reason == ENOENT || reason == ENOTDIR;
  return {.code = isMissing ? "CKPT-01" : "CKPT-02",
          .what = isMissing ? "there is no such file" : "the file cannot be read",
          .file = path,
          .field = {},
          .found = std::system_category().message(reason),
          .expected = {},
          .advice = isMissing ? "Check the path." : "Check the permissions of the file and the disk it is on."};
}

std::string kindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

Outcome<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  // Without O_NONBLOCK opening a pipe would wait for its writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) return openFailure(path, errno);
  struct stat facts {};
  if (::fstat(file.number, &facts) != 0) return openFailure(path, errno);
  if (!S_ISREG(facts.st_mode)) {
    return Error{.code = "CKPT-03",
                 .what = "this is no plain file",
                 .file = path,
                 .field = {},
                 .found = kindOf(facts.st_mode),
                 .expected = "a file",
                 .advice = "Choose a file."};
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  std::span<const std::byte> bytes;
  if (size > 0) {
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (start == MAP_FAILED) return openFailure(path, errno);
    bytes = {static_cast<const std::byte*>(start), size};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, bytes));
}

MappedFile::~MappedFile() {
  // munmap wants a pointer to mutable memory although it writes nothing.
  if (!m_bytes.empty()) ::munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
}

}  // namespace patchbay
