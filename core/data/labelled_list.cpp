#include "core/data/labelled_list.h"

#include <algorithm>
#include <sstream>

#include "core/base/each_once.h"
#include "core/data/question_data.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostItems = 2000;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

Error notAnItem(const std::string& file, int line, const std::string& found) {
  return {.code = "LABEL-01",
          .what = "this line is not a labelled text",
          .file = file,
          .field = "line " + std::to_string(line),
          .found = "'" + found.substr(0, 60) + "'",
          .expected = "a label, a bar or a tab, and a text: positive | It was lovely",
          .advice = "Write the label first, or take the line out."};
}

Outcome<LabelledText> itemOf(const std::string& line, const std::string& file, int number) {
  if (line.front() == '{') {
    const auto json = parseJson(line, file);
    if (!json) return json.failure<LabelledText>();
    auto item = fromJson<LabelledText>(*json, file);
    if (!item || item->label.empty() || item->text.empty()) return notAnItem(file, number, line);
    return item;
  }
  const std::size_t bar = line.find_first_of("|\t");
  if (bar == std::string::npos) return notAnItem(file, number, line);
  LabelledText item{.label = trimmed(line.substr(0, bar)), .text = trimmed(line.substr(bar + 1))};
  if (item.label.empty() || item.text.empty()) return notAnItem(file, number, line);
  return item;
}

}  // namespace

std::vector<std::string> LabelledList::labels() const {
  std::vector<std::string> all;
  for (const LabelledText& item : items) all.push_back(item.label);
  return eachOnce(all);
}

Outcome<LabelledList> readLabelledList(const std::string& text, const std::string& file) {
  LabelledList list{.title = file.substr(file.find_last_of('/') + 1), .items = {}};
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line = trimmed(line);
    if (line.empty()) continue;
    auto item = itemOf(line, file, number);
    if (!item) return item.failure<LabelledList>();
    list.items.push_back(std::move(*item));
    if (list.items.size() > kMostItems) {
      return Error{.code = "LABEL-02",
                   .what = "the list is too long",
                   .file = file,
                   .field = "items",
                   .found = "more than " + std::to_string(kMostItems),
                   .expected = "at most " + std::to_string(kMostItems),
                   .advice = "Take a part of it."};
    }
  }
  return list;
}

std::string labelledLines(const LabelledList& list) {
  std::string lines;
  for (const LabelledText& item : list.items) {
    const bool isPlain = item.label.find_first_of("|\t\n") == std::string::npos && !item.label.starts_with('{') &&
                         item.text.find('\n') == std::string::npos && trimmed(item.label) == item.label &&
                         trimmed(item.text) == item.text;
    lines += (isPlain ? item.label + " | " + item.text : dumpJson(Json(item))) + "\n";
  }
  return lines;
}

const std::vector<LabelledList>& builtinLabelledLists() {
  static const std::vector<LabelledList> lists = [] {
    std::vector<LabelledList> made;
    for (const QuestionFamily& family : builtinTextFamilies()) {
      LabelledList list{.title = family.id.substr(family.id.find('_') + 1), .items = {}};
      for (const QuestionValue& value : family.values)
        for (const auto* texts : {&value.texts.seen, &value.texts.heldOut})
          for (const std::string& text : *texts) list.items.push_back({.label = value.text, .text = text});
      made.push_back(std::move(list));
    }
    return made;
  }();
  return lists;
}

}  // namespace patchbay
