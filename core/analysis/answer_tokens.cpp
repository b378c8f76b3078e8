#include "core/analysis/answer_tokens.h"

namespace patchbay {
namespace {

std::int32_t bestOtherThan(const Distribution& from, std::int32_t id) {
  const auto top = from.top(2);
  return top.front().id == id && top.size() > 1 ? top[1].id : top.front().id;
}

}  // namespace

std::int32_t firstTokenOf(const LanguageModel& model, const std::string& text, const char* name,
                          std::vector<std::string>& warnings) {
  if (text.empty()) return -1;
  // What a tokenizer puts before a text is no part of the answer.
  const auto ids = model.text.tokenizer->encode(text, {.parseSpecial = true, .addSpecial = false});
  if (ids.size() > 1) {
    warnings.push_back("The " + std::string(name) + " '" + text + "' is " + std::to_string(ids.size()) +
                       " tokens; its first one is scored.");
  }
  return ids.empty() ? -1 : ids.front();
}

AnswerPair chooseAnswers(const LanguageModel& model, const AnswerTexts& texts, const Distribution& answers,
                         const Distribution& wrongs, std::vector<std::string>& warnings) {
  AnswerPair pair{.answer = firstTokenOf(model, texts.answer, "answer", warnings),
                  .wrong = firstTokenOf(model, texts.wrong, "wrong token", warnings)};
  if (pair.answer < 0) pair.answer = bestOtherThan(answers, pair.wrong);
  if (pair.wrong < 0) pair.wrong = bestOtherThan(wrongs, pair.answer);
  return pair;
}

}  // namespace patchbay
