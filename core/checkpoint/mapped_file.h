#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/outcome.h"

namespace patchbay {

/// A whole file as read-only memory, read from disk page by page as it is touched.
///
/// The size is fixed when the file is opened. A file that another program shortens while it is mapped ends this
/// program with SIGBUS at the next touch of a lost page: replace model files by renaming, never by rewriting them.
/// Thread   any; immutable.
class MappedFile {
public:
  /// Errors   CKPT-01 no such file, CKPT-02 not readable, CKPT-03 not a plain file. Never waits on a pipe or device.
  [[nodiscard]] static Outcome<std::shared_ptr<const MappedFile>> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }
  /// The bytes as characters.
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(m_bytes.data()), m_bytes.size()};
  }
  [[nodiscard]] std::size_t size() const { return m_bytes.size(); }
  [[nodiscard]] const std::string& path() const { return m_path; }

private:
  MappedFile(std::string path, std::span<const std::byte> bytes) : m_path(std::move(path)), m_bytes(bytes) {}

  std::string m_path;
  std::span<const std::byte> m_bytes;
};

}  // namespace patchbay
