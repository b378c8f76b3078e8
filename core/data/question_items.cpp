#include "core/data/question_items.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>

#include "core/base/sha256.h"
#include "core/data/json.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostQuestions = 500000, kMostChoices = 64;
/// Bytes of a message, and of a question, an answer or a choice.
constexpr std::size_t kLongestMessage = 20000, kLongestWords = 1000;
constexpr std::size_t kHeldOutOf = 10, kSparesOne = 4;

/// A field that is not what a question needs.
struct Wrong {
  std::string field, found, expected;
};

Error notAQuestion(const std::string& file, const std::string& place, const Wrong& wrong) {
  return {.code = "DATA-03",
          .what = "this is not a question about a prompt",
          .file = file,
          .field = place + (wrong.field.empty() ? "" : ", " + wrong.field),
          .found = wrong.found,
          .expected = wrong.expected,
          .advice = "Compare the file with resources/decoder/FORMAT.md."};
}

Error wrongAmount(const std::string& file, const std::string& found) {
  return {.code = "DATA-04",
          .what = "a decoder cannot learn from this file",
          .file = file,
          .field = "questions",
          .found = found,
          .expected = "1 to " + std::to_string(kMostQuestions) + " questions, not all of them held out",
          .advice = "Add questions to the file, or divide it."};
}

const std::string& textIn(const Json& value, const std::string& field, std::size_t longest) {
  if (!value.is_string()) throw Wrong{field, value.type_name(), "a text"};
  const std::string& text = value.get_ref<const std::string&>();
  if (text.empty() || text.size() > longest)
    throw Wrong{field, std::to_string(text.size()) + " bytes", "1 to " + std::to_string(longest) + " bytes"};
  return text;
}

std::string textOf(const Json& object, const char* key, std::size_t longest = kLongestMessage) {
  const auto found = object.find(key);
  if (found == object.end()) throw Wrong{key, "nothing", "a text"};
  return textIn(*found, key, longest);
}

std::string textOr(const Json& object, const char* key, const std::string& otherwise) {
  return object.contains(key) ? textOf(object, key) : otherwise;
}

Prompt promptIn(const Json& line) {
  if (!line.contains("messages")) return Prompt::plain(textOf(line, "prompt"));
  const Json& list = line.at("messages");
  if (!list.is_array() || list.empty()) throw Wrong{"messages", dumpJson(list).substr(0, 60), "a list of messages"};
  Prompt prompt{.isChat = true, .text = {}, .messages = {}};
  for (const Json& message : list) {
    if (!message.is_object()) throw Wrong{"messages", message.type_name(), R"({"role", "content"})"};
    prompt.messages.push_back({textOf(message, "role"), textOf(message, "content")});
  }
  return prompt;
}

bool holds(const Prompt& prompt, const std::string& about) {
  if (!prompt.isChat) return prompt.text.find(about) != std::string::npos;
  return std::ranges::any_of(prompt.messages,
                             [&](const auto& message) { return message.content.find(about) != std::string::npos; });
}

/// "train" or "test" of a line; nothing where it has none.
std::optional<bool> heldOutBy(const Json& line) {
  if (!line.contains("split")) return std::nullopt;
  const std::string split = textOf(line, "split");
  if (split == "train") return false;
  if (split == "test") return true;
  throw Wrong{"split", "'" + split.substr(0, 40) + "'", "train or test"};
}

std::vector<std::string> choicesIn(const Json& line, const std::string& answer) {
  if (!line.contains("choices")) return {};
  const Json& list = line.at("choices");
  if (!list.is_array()) throw Wrong{"choices", list.type_name(), "a list of texts"};
  if (list.size() > kMostChoices)
    throw Wrong{"choices", std::to_string(list.size()), "at most " + std::to_string(kMostChoices)};
  std::vector<std::string> choices;
  for (const Json& choice : list) choices.push_back(textIn(choice, "choices", kLongestWords));
  if (!std::ranges::count(choices, answer))
    throw Wrong{"choices", dumpJson(list).substr(0, 60), "the answer among them"};
  return choices;
}

/// Items that grow line by line.
class Collected {
public:
  void add(const Json& line) {
    if (!line.is_object()) throw Wrong{{}, line.type_name(), "an object"};
    QuestionItem item{.label = {},
                      .family = textOr(line, "family", "own"),
                      .prompt = promptIn(line),
                      .about = textOr(line, "about", {}),
                      .questions = {}};
    if (!item.about.empty() && !holds(item.prompt, item.about))
      throw Wrong{"about", "'" + item.about.substr(0, 60) + "'", "a part of the prompt"};
    QuestionAnswer question{.question = textOf(line, "question", kLongestWords),
                            .answer = textOf(line, "answer", kLongestWords),
                            .choices = {}};
    question.choices = choicesIn(line, question.answer);
    const std::string prompt = dumpJson(Json(item.prompt));
    item.label = textOr(line, "label", prompt);
    const auto isHeldOut = heldOutBy(line);
    m_hasSplit = m_hasSplit || isHeldOut;
    item.isHeldOut = isHeldOut.value_or(false);
    // Neither a label nor a prompt is ever on both sides.
    for (const std::string& apart : {"label " + item.label, "prompt " + prompt})
      if (m_sides.emplace(apart, item.isHeldOut).first->second != item.isHeldOut)
        throw Wrong{"split", item.isHeldOut ? "test" : "train", "the same for all questions about a prompt or label"};
    const auto [place, isNew] = m_places.emplace(prompt + "\n" + item.about, items.size());
    if (isNew) items.push_back(item);
    QuestionItem& grown = items[place->second];
    if (grown.label != item.label || grown.family != item.family)
      throw Wrong{grown.label != item.label ? "label" : "family", "'" + item.family.substr(0, 60) + "'",
                  "the same for all questions about a prompt"};
    grown.questions.push_back(std::move(question));
    ++questions;
  }

  [[nodiscard]] bool hasSplit() const { return m_hasSplit; }

  std::vector<QuestionItem> items;
  std::size_t questions = 0;

private:
  std::map<std::string, std::size_t> m_places;
  std::map<std::string, bool> m_sides;
  bool m_hasSplit = false;
};

/// The questions of each label.
LatentAnswers answersIn(const Json& json) {
  if (!json.is_object()) throw Wrong{{}, json.type_name(), "an object of lists by label"};
  LatentAnswers answers;
  for (const auto& [label, list] : json.items()) {
    if (!list.is_array()) throw Wrong{label.substr(0, 60), list.type_name(), "a list of [question, answer]"};
    answers[label] = {};
    for (const Json& pair : list) {
      if (!pair.is_array() || pair.size() != 2)
        throw Wrong{label.substr(0, 60), dumpJson(pair).substr(0, 60), "[question, answer]"};
      answers[label].push_back({.question = textIn(pair[0], label.substr(0, 60), kLongestWords),
                                .answer = textIn(pair[1], label.substr(0, 60), kLongestWords),
                                .choices = {}});
    }
  }
  return answers;
}

/// The conversation of an item, and the first message that is shown.
QuestionItem latentItem(const Json& json) {
  if (!json.is_object()) throw Wrong{{}, json.type_name(), "an object"};
  QuestionItem item;
  item.label = textOf(json, "label");
  item.family = item.label.substr(0, item.label.find('-'));
  item.prompt.isChat = true;
  auto& messages = item.prompt.messages;
  if (json.contains("system")) {
    messages = {{"system", textOf(json, "system")}, {"user", textOf(json, "stimulus_user")}};
    item.fromMessage = 1;
    return item;
  }
  messages.push_back({"user", textOf(json, "control_user")});
  if (!json.contains("stimulus_user")) return item;
  messages.push_back({"assistant", textOf(json, "control_model")});
  messages.push_back({"user", textOf(json, "stimulus_user")});
  item.fromMessage = 2;
  if (json.contains("stimulus_model")) {
    messages.push_back({"assistant", textOf(json, "stimulus_model")});
    item.prompt.addGenerationPrompt = false;
  }
  return item;
}

bool areLearnable(const std::vector<QuestionItem>& items) {
  return std::ranges::any_of(items, [](const QuestionItem& item) { return !item.isHeldOut; });
}

}  // namespace

void holdOut(std::vector<QuestionItem>& items) {
  std::map<std::string, std::string> byHash;
  for (const QuestionItem& item : items) byHash[sha256Hex(std::as_bytes(std::span(item.label)))] = item.label;
  std::size_t spared = byHash.size() / kHeldOutOf;
  // Of few labels none is spared: nothing would be left to learn.
  if (spared == 0 && byHash.size() >= kSparesOne) spared = 1;
  std::set<std::string> heldOut;
  for (const auto& [hash, label] : byHash) {
    if (heldOut.size() == spared) break;
    heldOut.insert(label);
  }
  for (QuestionItem& item : items) item.isHeldOut = heldOut.contains(item.label);
}

Outcome<std::vector<QuestionItem>> readQuestionLines(const std::string& text, const std::string& file) {
  Collected collected;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = "line " + std::to_string(number);
    const auto json = parseJson(line, file);
    if (!json) {
      Error error = json.error();
      error.field = place;
      return error;
    }
    try {
      collected.add(*json);
    } catch (const Wrong& wrong) {
      return notAQuestion(file, place, wrong);
    }
    if (collected.questions > kMostQuestions) return wrongAmount(file, "more than that");
  }
  if (!collected.hasSplit()) holdOut(collected.items);
  if (!areLearnable(collected.items)) return wrongAmount(file, std::to_string(collected.items.size()) + " prompts");
  return std::move(collected.items);
}

Outcome<LatentAnswers> readLatentAnswers(const std::string& text, const std::string& file) {
  const auto json = parseJson(text, file);
  if (!json) return json.failure<LatentAnswers>();
  try {
    return answersIn(*json);
  } catch (const Wrong& wrong) {
    return notAQuestion(file, "label", wrong);
  }
}

Outcome<std::vector<QuestionItem>> readLatentItems(const std::string& text, const std::string& file,
                                                   const LatentAnswers& answers) {
  const auto json = parseJson(text, file);
  if (!json) return json.failure<std::vector<QuestionItem>>();
  if (!json->is_array()) return notAQuestion(file, "file", {{}, json->type_name(), "a list of items"});
  std::vector<QuestionItem> all;
  std::size_t number = 0, count = 0;
  for (const Json& entry : *json) {
    const std::string place = "item " + std::to_string(number++);
    try {
      QuestionItem item = latentItem(entry);
      const auto found = answers.find(item.label);
      if (found == answers.end()) throw Wrong{"label", "'" + item.label.substr(0, 60) + "'", "a label of qa.json"};
      item.questions = found->second;
      count += item.questions.size();
      if (!item.questions.empty()) all.push_back(std::move(item));
    } catch (const Wrong& wrong) {
      return notAQuestion(file, place, wrong);
    }
    if (count > kMostQuestions) return wrongAmount(file, "more than that");
  }
  if (all.empty()) return wrongAmount(file, "none");
  return all;
}

}  // namespace patchbay
