#include "core/data/builtin_texts.h"

#include <algorithm>
#include <span>

namespace patchbay {

// Made from resources/texts and resources/lists by CMake.
extern const char* const kBuiltinTexts;
extern const std::span<const char* const> kBuiltinLists;

namespace {

std::vector<std::string> linesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<FactList> readLists() {
  std::vector<FactList> lists;
  for (const char* text : kBuiltinLists)
    if (auto list = readFactList(text, "built-in list")) lists.push_back(std::move(*list));
  return lists;
}

}  // namespace

const std::vector<std::string>& builtinTexts() {
  static const std::vector<std::string> texts = linesOf(kBuiltinTexts);
  return texts;
}

const std::vector<FactList>& builtinLists() {
  static const std::vector<FactList> lists = readLists();
  return lists;
}

const FactList* builtinList(const std::string& id) {
  const auto found = std::ranges::find(builtinLists(), id, &FactList::id);
  return found == builtinLists().end() ? nullptr : &*found;
}

}  // namespace patchbay
