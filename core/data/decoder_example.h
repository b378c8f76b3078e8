#pragma once

#include <string>
#include <vector>

#include "core/data/json.h"
#include "core/data/prompt.h"

namespace patchbay {

/// Which of its texts an example is made of.
/// Train        only what training sees.
/// Unseen       a value that training sees, in wordings, messages and questions that it never sees.
/// UnseenValue  a value that it never sees either.
enum class ExampleSplit { Train, Unseen, UnseenValue };
NLOHMANN_JSON_SERIALIZE_ENUM(ExampleSplit, {{ExampleSplit::Train, "train"},
                                            {ExampleSplit::Unseen, "unseen"},
                                            {ExampleSplit::UnseenValue, "unseen-value"}})

/// Which tokens of the prompt a decoder gets.
/// Evidence  those that hold the words asked about.
/// After     those right behind them.
/// Tail      the last of the prompt, the assistant's header among them.
enum class ExampleWindow { Evidence, After, Tail };
NLOHMANN_JSON_SERIALIZE_ENUM(ExampleWindow, {{ExampleWindow::Evidence, "evidence"},
                                             {ExampleWindow::After, "after"},
                                             {ExampleWindow::Tail, "tail"}})

/// The most tokens a window of an example has.
inline constexpr int kWindowTokens = 10;
/// The most tokens that are handed over for a question of a person's own: the last ones.
inline constexpr int kMostItemTokens = 64;
/// The kind of a person's own questions.
inline constexpr const char* kOwnKind = "own";

/// One question about the states of a few tokens, with its answer.
struct DecoderExample {
  std::string family;
  std::string kind;  ///< "open", "yes_no", "capital", "next_word", "repeat", "own"
  ExampleWindow window = ExampleWindow::Evidence;
  ExampleSplit split = ExampleSplit::Train;
  Prompt prompt;
  int firstToken = 1, lastToken = 1;  ///< handed over; tokens of the rendered prompt
  std::string question, answer;
  std::vector<std::string> choices;  ///< the answer among them; empty where there are none to choose from
  bool operator==(const DecoderExample&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DecoderExample, family, kind, window, split, prompt, firstToken,
                                              lastToken, question, answer, choices)
};

}  // namespace patchbay
