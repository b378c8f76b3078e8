#pragma once

#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"

namespace patchbay {

/// A text and what it is an example of.
struct LabelledText {
  std::string label, text;
  bool operator==(const LabelledText&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LabelledText, label, text)
};

/// Texts of two kinds or more, for a probe to tell apart.
struct LabelledList {
  std::string title;
  std::vector<LabelledText> items;
  bool operator==(const LabelledList&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LabelledList, title, items)

  /// Every label once, in the order in which they come.
  [[nodiscard]] std::vector<std::string> labels() const;
};

/// Reads a list: one item a line, its label, a bar or a tab, and its text; or one JSON object a line with "label" and
/// "text". Empty lines are skipped.
/// Errors   LABEL-01 a line is neither, with its number; LABEL-02 more items than a probe takes.
[[nodiscard]] Outcome<LabelledList> readLabelledList(const std::string& text, const std::string& file);
/// The list as lines that `readLabelledList` reads.
[[nodiscard]] std::string labelledLines(const LabelledList& list);

/// The lists that come with the program: the families of plain texts that decoders learn from.
[[nodiscard]] const std::vector<LabelledList>& builtinLabelledLists();

}  // namespace patchbay
