#pragma once

#include <string>
#include <vector>

#include "core/model/language_model.h"
#include "core/tensor/distribution.h"

namespace patchbay {

/// An answer and what it is held against, as typed.
struct AnswerTexts {
  const std::string& answer;
  const std::string& wrong;
};

/// The same as token ids.
struct AnswerPair {
  std::int32_t answer = -1;
  std::int32_t wrong = -1;
};

/// The first token of a text, -1 of an empty one. Warns where it has more; `name` says what it is.
[[nodiscard]] std::int32_t firstTokenOf(const LanguageModel& model, const std::string& text, const char* name,
                                        std::vector<std::string>& warnings);

/// The first token of each text. An empty answer is the likeliest token of `answers` that is not the wrong one; an
/// empty wrong one the likeliest of `wrongs` that is not the answer. Warns of texts of more than one token.
[[nodiscard]] AnswerPair chooseAnswers(const LanguageModel& model, const AnswerTexts& texts,
                                       const Distribution& answers, const Distribution& wrongs,
                                       std::vector<std::string>& warnings);

}  // namespace patchbay
