#include "core/checkpoint/refusal.h"

namespace patchbay {

std::string shown(std::string_view untrusted) {
  constexpr std::size_t kLongest = 120;
  if (untrusted.empty()) return "(empty)";
  std::string text(untrusted.substr(0, kLongest));
  for (char& letter : text) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  if (untrusted.size() > kLongest) text += "...";
  return text;
}

}  // namespace patchbay
