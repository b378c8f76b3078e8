#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/prompt.h"

namespace patchbay {

/// What one may ask about a prompt, with the right answer.
struct QuestionAnswer {
  std::string question, answer;
  std::vector<std::string> choices;  ///< the answer among them, or empty
  bool operator==(const QuestionAnswer&) const = default;
};

/// A prompt of a person's own, and questions about the states of a part of it.
struct QuestionItem {
  std::string label;   ///< items of one label are never on both sides of a split
  std::string family;  ///< under which its figures are counted
  Prompt prompt;
  std::string about;       ///< the text of the prompt whose states are handed over; empty: from `fromMessage` on
  int fromMessage = 0;     ///< states from this message of a chat on are handed over, those before it are hidden
  bool isHeldOut = false;  ///< training never sees it
  std::vector<QuestionAnswer> questions;
  bool operator==(const QuestionItem&) const = default;
};

/// Questions as lines of JSON objects, one question each:
/// {"prompt": text or "messages": [{"role", "content"}], "question", "answer", and where wanted "choices", "about",
/// "family", "label", "split" ("train" or "test")}. Lines with one prompt and one `about` become one item.
///
/// Where no line has a split, some labels are held out (without labels, each prompt is its own).
/// Errors   DATA-03 with the number of the line and the field; DATA-04 nothing to learn from, or too much.
[[nodiscard]] Outcome<std::vector<QuestionItem>> readQuestionLines(const std::string& text, const std::string& file);

/// The questions of each label, as `qa.json` of LatentQA's layout has them.
using LatentAnswers = std::map<std::string, std::vector<QuestionAnswer>>;
/// Errors   those of parseJson; DATA-03 with the label.
[[nodiscard]] Outcome<LatentAnswers> readLatentAnswers(const std::string& text, const std::string& file);

/// A list of items of LatentQA's layout, whose `label` names their questions; nothing is held out yet.
///
/// An item with `system` hides that message; one with `stimulus_user` hides `control_user` and `control_model`; one
/// with `control_user` alone shows it. The part of a label before the first '-' is its family.
/// Errors   DATA-03 with the number of the item and the field; DATA-04.   Source  methods section 2.1.
[[nodiscard]] Outcome<std::vector<QuestionItem>> readLatentItems(const std::string& text, const std::string& file,
                                                                 const LatentAnswers& answers);

/// Holds out one label of ten, and at least one of four or more, chosen by a hash: the same for the same labels.
void holdOut(std::vector<QuestionItem>& items);

}  // namespace patchbay
