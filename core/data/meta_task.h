#pragma once

#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"
#include "core/data/prompt.h"

namespace patchbay {

/// A prompt and what is true of it.
struct MetaItem {
  std::string label;
  Prompt prompt;
  bool operator==(const MetaItem&) const = default;
};

/// What a meta-model is asked about a model that has just read a prompt: is it the label?
struct MetaTask {
  std::string id, title;
  std::string caveat;  ///< what figures of this task do not show; empty: nothing of note
  /// With {label} once each; those of `heldOutQuestions` are never learned.
  std::vector<std::string> questions, heldOutQuestions;
  /// Learned from, and tested with; only the latter where nothing is learned.
  std::vector<MetaItem> items, heldOutItems;
  std::vector<std::string> labels;  ///< of all items, each once

  [[nodiscard]] bool isLearned() const { return !items.empty(); }
};

/// Language, sentiment, emotion and topic of a text, from the families that decoders learn from; and two that are never
/// learned: the sentiment of another kind of text, and whether a user says what is so.
[[nodiscard]] const std::vector<MetaTask>& builtinMetaTasks();
[[nodiscard]] const MetaTask* metaTask(const std::string& id);
/// Those that are learned.
[[nodiscard]] std::vector<const MetaTask*> learnedMetaTasks();
/// Every mix of the tasks that are learned, by their ids: those of one task first.
[[nodiscard]] std::vector<std::vector<std::string>> everyMetaMix();
/// Questions without a meaning, for the control of the question.
[[nodiscard]] const std::vector<std::string>& nonsenseQuestions();

/// `question` with the label for {label}.
[[nodiscard]] std::string withLabel(const std::string& question, const std::string& label);

}  // namespace patchbay
