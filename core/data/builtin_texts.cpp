#include "core/data/builtin_texts.h"

#include <algorithm>
#include <span>

namespace patchbay {

// Made from resources/texts, resources/lists and resources/hops by CMake.
extern const char* const kBuiltinTexts;
extern const std::span<const char* const> kBuiltinLists;
extern const std::span<const char* const> kBuiltinHopLists;

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

/// `read` gives one list of a text.
template <typename List>
std::vector<List> readLists(std::span<const char* const> texts,
                            Outcome<List> (*read)(const std::string& text, const std::string& file)) {
  std::vector<List> lists;
  for (const char* text : texts)
    if (auto list = read(text, "built-in list")) lists.push_back(std::move(*list));
  return lists;
}

template <typename List>
const List* byId(const std::vector<List>& lists, const std::string& id) {
  const auto found = std::ranges::find(lists, id, &List::id);
  return found == lists.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<std::string>& builtinTexts() {
  static const std::vector<std::string> texts = linesOf(kBuiltinTexts);
  return texts;
}

const std::vector<FactList>& builtinLists() {
  static const std::vector<FactList> lists = readLists(kBuiltinLists, &readFactList);
  return lists;
}

const FactList* builtinList(const std::string& id) { return byId(builtinLists(), id); }

const std::vector<HopList>& builtinHopLists() {
  static const std::vector<HopList> lists = readLists(kBuiltinHopLists, &readHopList);
  return lists;
}

const HopList* builtinHopList(const std::string& id) { return byId(builtinHopLists(), id); }

}  // namespace patchbay
