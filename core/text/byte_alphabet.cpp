#include "core/text/byte_alphabet.h"

#include <array>
#include <charconv>

#include "core/text/utf8.h"

namespace patchbay::text {

namespace {

constexpr int kLetterEnd = 0x144;

struct Alphabet {
  std::array<std::string, 256> letters;
  std::array<int, kLetterEnd> bytes{};

  Alphabet() {
    bytes.fill(-1);
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool isPrintable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      const char32_t letter = isPrintable ? static_cast<char32_t>(byte) : next++;
      appendUtf8(letters[static_cast<std::size_t>(byte)], letter);
      bytes[letter] = byte;
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet made;
  return made;
}

}  // namespace

void appendByteLetters(std::string& letters, std::string_view bytes) {
  const Alphabet& known = alphabet();
  for (const char byte : bytes) letters += known.letters[static_cast<unsigned char>(byte)];
}

std::optional<std::string> bytesOfLetters(std::string_view letters) {
  const Alphabet& known = alphabet();
  std::string bytes;
  bytes.reserve(letters.size());
  for (std::size_t i = 0; i < letters.size();) {
    const Utf8Step step = utf8Step(letters, i);
    if (!step.isValid || step.codePoint >= kLetterEnd || known.bytes[step.codePoint] < 0) return std::nullopt;
    bytes += static_cast<char>(known.bytes[step.codePoint]);
    i += step.length;
  }
  return bytes;
}

std::optional<char> byteOfFallbackToken(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
  unsigned value = 0;
  const char* end = token.data() + 5;
  const auto [stop, failure] = std::from_chars(token.data() + 3, end, value, 16);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return static_cast<char>(static_cast<unsigned char>(value));
}

}  // namespace patchbay::text
