#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay::text {

/// The alphabet of byte-level BPE: every byte has one printable character.
/// Source   GPT-2, bytes_to_unicode: printable Latin-1 stands for itself, the other 68 bytes are U+0100 and on.

/// The character of each byte of `bytes`, as UTF-8.
void appendByteLetters(std::string& letters, std::string_view bytes);
/// The bytes `letters` stand for; empty when one of its characters is not of the alphabet.
[[nodiscard]] std::optional<std::string> bytesOfLetters(std::string_view letters);

/// The byte of a token written "<0x0A>"; empty for any other text.
[[nodiscard]] std::optional<char> byteOfFallbackToken(std::string_view token);

}  // namespace patchbay::text
