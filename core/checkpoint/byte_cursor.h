#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace patchbay {

/// Reads the head of a GGUF file from front to back and never past its end.
///
/// Errors   throws Refusal GGUF-04 naming the field when the file ends within it.
class ByteCursor {
public:
  ByteCursor(std::span<const std::byte> bytes, std::string file) : m_bytes(bytes), m_file(std::move(file)) {}

  /// One little-endian number.
  template <typename Number>
  [[nodiscard]] Number number(std::string_view field) {
    Number value;
    std::memcpy(&value, take(sizeof value, field).data(), sizeof value);
    return value;
  }

  /// A string: its length in eight bytes, then its bytes. Borrowed from the file.
  /// Errors   throws Refusal GGUF-06 when it is longer than `longest` or than the rest of the file.
  [[nodiscard]] std::string_view string(std::string_view field, std::size_t longest);

  /// The next `count` bytes.
  std::span<const std::byte> take(std::size_t count, std::string_view field);

  [[nodiscard]] std::size_t position() const { return m_position; }
  [[nodiscard]] std::size_t remaining() const { return m_bytes.size() - m_position; }
  [[nodiscard]] const std::string& file() const { return m_file; }

private:
  std::span<const std::byte> m_bytes;
  std::size_t m_position = 0;
  std::string m_file;
};

}  // namespace patchbay
