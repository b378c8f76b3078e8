#include "core/base/outcome.h"

namespace patchbay {

std::string Error::why() const {
  std::string text = field;
  const auto append = [&text](const std::string& part, const char* separator) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  append(found.empty() ? std::string() : "found " + found, ": ");
  append(expected.empty() ? std::string() : "expected " + expected, ", ");
  return text;
}

std::string Error::message() const {
  std::string text = code;
  if (!file.empty()) text += (text.empty() ? "" : " ") + file + ":";
  text += (text.empty() ? "" : " ") + what;
  const std::string reason = why();
  if (!reason.empty()) text += " (" + reason + ")";
  if (!advice.empty()) text += ". " + advice;
  return text;
}

}  // namespace patchbay
