#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

/// SHA-256 of bytes given in pieces: the name of content in session files.
///
/// Source   FIPS 180-4, sections 5 and 6.2.
class Sha256 {
public:
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  /// The digest as 64 hexadecimal digits. Ends this hash: call once.
  [[nodiscard]] std::string hex();

private:
  void takeBlock(const std::byte* block);

  std::array<std::uint32_t, 8> m_state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> m_buffer{};
  std::uint64_t m_length = 0;  ///< bytes taken
};

/// SHA-256 of one run of bytes, as 64 hexadecimal digits.
[[nodiscard]] std::string sha256Hex(std::span<const std::byte> bytes);

}  // namespace patchbay
