#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay::text {

/// One step through UTF-8: a code point, or a stretch of bytes that cannot be one.
struct Utf8Step {
  char32_t codePoint = 0;  ///< U+FFFD for an invalid stretch
  std::size_t length = 0;  ///< bytes it takes, at least 1
  bool isValid = true;
  bool isCutShort = false;  ///< invalid only because the text ends inside the character
};

/// The step at `position`, which must be inside `text`. An invalid stretch is the longest start of a character that
/// the bytes allow, so the number of U+FFFD is that of Python and Rust.
/// Source   The Unicode Standard 15, section 3.9, "U+FFFD Substitution of Maximal Subparts".
[[nodiscard]] Utf8Step utf8Step(std::string_view text, std::size_t position);

[[nodiscard]] bool isUtf8(std::string_view text);
/// The text with U+FFFD in place of what is invalid.
[[nodiscard]] std::string toUtf8(std::string_view text);
/// Bytes up to a last character that the text cuts short; the size of `text` when none is.
[[nodiscard]] std::size_t completeLength(std::string_view text);
void appendUtf8(std::string& text, char32_t codePoint);

/// White_Space of Unicode: what `\s` means to the patterns of tokenizers.
[[nodiscard]] bool isWhiteSpace(char32_t codePoint);

}  // namespace patchbay::text
