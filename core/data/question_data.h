#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/question_items.h"

namespace patchbay {

/// Texts for training, and others that training never sees.
struct HeldApart {
  std::vector<std::string> seen, heldOut;
  bool operator==(const HeldApart&) const = default;
};

/// One thing that a prompt may say and a question may ask for.
struct QuestionValue {
  std::string text;                          ///< as it stands in prompts, and the answer to "open" questions
  std::map<std::string, std::string> facts;  ///< answers to other kinds of questions, by kind ("capital")
  HeldApart texts;                           ///< plain texts that show it; empty where wordings say it
  bool operator==(const QuestionValue&) const = default;
};

/// A family of questions: what may be hidden, how prompts say it, and how one asks for it.
///
/// `{value}` stands once in each wording, and in each question of the kind "yes_no".
struct QuestionFamily {
  std::string id, title;
  bool isPlain = false;  ///< prompts are plain texts; otherwise wordings are system messages of a chat
  std::vector<QuestionValue> values, heldOutValues;
  HeldApart wordings;
  std::map<std::string, HeldApart> questions;  ///< by kind: "open", "yes_no", "capital"
  bool operator==(const QuestionFamily&) const = default;
};

/// Everything that examples for a decoder are made of. Format: resources/decoder/FORMAT.md.
struct QuestionData {
  std::vector<QuestionFamily> families;
  HeldApart stimuli;                           ///< user messages
  HeldApart passages;                          ///< plain texts to repeat or go on with
  std::map<std::string, HeldApart> questions;  ///< about passages: "next_word", "repeat"
  std::vector<QuestionItem> items;             ///< of a person's own

  /// SHA-256 of all of it, in hexadecimal digits: examples are the same only where this is.
  [[nodiscard]] std::string digest() const;
  /// By id; null when there is none.
  [[nodiscard]] const QuestionFamily* family(const std::string& id) const;
};

/// Reads one family.
/// Errors   those of parseJson; DATA-01 a field is missing or wrong, with its name.
[[nodiscard]] Outcome<QuestionFamily> readQuestionFamily(const std::string& text, const std::string& file);

/// The questions that come with the program.
[[nodiscard]] const QuestionData& builtinQuestionData();
/// Families of plain texts that show their value in every word: those of the questions, and one of which decoders do
/// not learn.
[[nodiscard]] const std::vector<QuestionFamily>& builtinTextFamilies();

/// A wording with the value in its place.
[[nodiscard]] std::string withValue(const std::string& wording, const std::string& value);

}  // namespace patchbay
