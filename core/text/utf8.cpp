#include "core/text/utf8.h"

#include <algorithm>

namespace patchbay::text {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kReplacementBytes = "\xEF\xBF\xBD";

struct Lead {
  int more;                 ///< bytes that follow; -1 for a byte that starts nothing
  unsigned char low, high;  ///< range of the first of them
  char32_t bits;
};

Lead leadOf(unsigned char byte) {
  if (byte < 0x80) return {0, 0, 0, byte};
  if (byte < 0xC2) return {-1, 0, 0, 0};
  if (byte < 0xE0) return {1, 0x80, 0xBF, byte & 0x1Fu};
  if (byte == 0xE0) return {2, 0xA0, 0xBF, 0};
  if (byte == 0xED) return {2, 0x80, 0x9F, 0xDu};
  if (byte < 0xF0) return {2, 0x80, 0xBF, byte & 0x0Fu};
  if (byte == 0xF0) return {3, 0x90, 0xBF, 0};
  if (byte < 0xF4) return {3, 0x80, 0xBF, byte & 0x07u};
  if (byte == 0xF4) return {3, 0x80, 0x8F, 4};
  return {-1, 0, 0, 0};
}

}  // namespace

Utf8Step utf8Step(std::string_view text, std::size_t position) {
  const Lead lead = leadOf(static_cast<unsigned char>(text[position]));
  if (lead.more < 0) return {kReplacement, 1, false, false};
  char32_t codePoint = lead.bits;
  for (int i = 1; i <= lead.more; ++i) {
    const auto read = static_cast<std::size_t>(i);
    if (position + read >= text.size()) return {kReplacement, read, false, true};
    const auto byte = static_cast<unsigned char>(text[position + read]);
    const unsigned char low = i == 1 ? lead.low : 0x80;
    const unsigned char high = i == 1 ? lead.high : 0xBF;
    if (byte < low || byte > high) return {kReplacement, read, false, false};
    codePoint = (codePoint << 6) | (byte & 0x3Fu);
  }
  return {codePoint, static_cast<std::size_t>(lead.more) + 1, true, false};
}

bool isUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = utf8Step(text, i);
    if (!step.isValid) return false;
    i += step.length;
  }
  return true;
}

std::string toUtf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = utf8Step(text, i);
    clean += step.isValid ? text.substr(i, step.length) : kReplacementBytes;
    i += step.length;
  }
  return clean;
}

std::size_t completeLength(std::string_view text) {
  // A character is at most four bytes, so only a lead byte among the last three can be cut short.
  const std::size_t first = text.size() - std::min<std::size_t>(text.size(), 3);
  for (std::size_t i = text.size(); i-- > first;) {
    if (leadOf(static_cast<unsigned char>(text[i])).more < 1) continue;
    const Utf8Step step = utf8Step(text, i);
    return step.isCutShort && i + step.length == text.size() ? i : text.size();
  }
  return text.size();
}

void appendUtf8(std::string& text, char32_t codePoint) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (codePoint < 0x80) return put(codePoint);
  if (codePoint < 0x800) {
    put(0xC0 | (codePoint >> 6));
  } else if (codePoint < 0x10000) {
    put(0xE0 | (codePoint >> 12));
    put(0x80 | ((codePoint >> 6) & 0x3F));
  } else {
    put(0xF0 | (codePoint >> 18));
    put(0x80 | ((codePoint >> 12) & 0x3F));
    put(0x80 | ((codePoint >> 6) & 0x3F));
  }
  put(0x80 | (codePoint & 0x3F));
}

bool isWhiteSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace patchbay::text
