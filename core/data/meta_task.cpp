#include "core/data/meta_task.h"

#include <algorithm>
#include <span>

#include "core/base/each_once.h"
#include "core/data/question_data.h"

namespace patchbay {

extern const std::span<const char* const> kBuiltinMetaTests;
extern const char* const kBuiltinMetaQuestions;

namespace {

constexpr std::string_view kLabel = "{label}", kValue = "{value}";

Prompt asMessage(const std::string& text) { return {.isChat = true, .text = {}, .messages = {{"user", text}}}; }

std::string asLabelled(std::string question) {
  const std::size_t place = question.find(kValue);
  return place == std::string::npos ? question : question.replace(place, kValue.size(), kLabel);
}

/// A family of texts as decoders learn it, each text alone in a chat.
MetaTask taskOf(const QuestionFamily& family) {
  MetaTask task{.id = family.id.substr(family.id.find('_') + 1),
                .title = family.title.substr(0, family.title.find(' ')),
                .caveat = {},
                .questions = {},
                .heldOutQuestions = {},
                .items = {},
                .heldOutItems = {},
                .labels = {}};
  const HeldApart& questions = family.questions.at("yes_no");
  std::ranges::transform(questions.seen, std::back_inserter(task.questions), asLabelled);
  std::ranges::transform(questions.heldOut, std::back_inserter(task.heldOutQuestions), asLabelled);
  for (const QuestionValue& value : family.values) {
    for (const std::string& text : value.texts.seen)
      task.items.push_back({.label = value.text, .prompt = asMessage(text)});
    for (const std::string& text : value.texts.heldOut)
      task.heldOutItems.push_back({.label = value.text, .prompt = asMessage(text)});
  }
  return task;
}

/// A set that is only tested with. The files are the program's own: what is missing throws.
MetaTask testIn(const Json& json) {
  MetaTask task{.id = json.at("id").get<std::string>(),
                .title = json.at("title").get<std::string>(),
                .caveat = json.at("caveat").get<std::string>(),
                .questions = {},
                .heldOutQuestions = json.at("question").get<std::vector<std::string>>(),
                .items = {},
                .heldOutItems = {},
                .labels = {}};
  for (const Json& item : json.at("items"))
    task.heldOutItems.push_back(
        {.label = item.at("label").get<std::string>(),
         .prompt = {.isChat = true, .text = {}, .messages = item.at("messages").get<std::vector<ChatMessage>>()}});
  return task;
}

}  // namespace

const std::vector<MetaTask>& builtinMetaTasks() {
  static const std::vector<MetaTask> tasks = [] {
    std::vector<MetaTask> made;
    for (const QuestionFamily& family : builtinTextFamilies()) made.push_back(taskOf(family));
    for (const char* text : kBuiltinMetaTests) made.push_back(testIn(Json::parse(text)));
    for (MetaTask& task : made) {
      std::vector<std::string> all;
      for (const auto* items : {&task.items, &task.heldOutItems})
        for (const MetaItem& item : *items) all.push_back(item.label);
      task.labels = eachOnce(all);
    }
    return made;
  }();
  return tasks;
}

std::vector<const MetaTask*> learnedMetaTasks() {
  std::vector<const MetaTask*> learned;
  for (const MetaTask& task : builtinMetaTasks())
    if (task.isLearned()) learned.push_back(&task);
  return learned;
}

const MetaTask* metaTask(const std::string& id) {
  const auto& tasks = builtinMetaTasks();
  const auto found = std::ranges::find(tasks, id, &MetaTask::id);
  return found == tasks.end() ? nullptr : &*found;
}

std::vector<std::vector<std::string>> everyMetaMix() {
  const std::vector<const MetaTask*> learned = learnedMetaTasks();
  std::vector<std::vector<std::string>> mixes;
  for (unsigned bits = 1; bits < 1U << learned.size(); ++bits) {
    mixes.emplace_back();
    for (std::size_t i = 0; i < learned.size(); ++i)
      if ((bits >> i & 1U) != 0) mixes.back().push_back(learned[i]->id);
  }
  std::ranges::stable_sort(mixes, {}, &std::vector<std::string>::size);
  return mixes;
}

const std::vector<std::string>& nonsenseQuestions() {
  static const auto questions = Json::parse(kBuiltinMetaQuestions).at("nonsense").get<std::vector<std::string>>();
  return questions;
}

std::string withLabel(const std::string& question, const std::string& label) {
  std::string asked = question;
  if (const std::size_t place = asked.find(kLabel); place != std::string::npos)
    asked.replace(place, kLabel.size(), label);
  return asked;
}

}  // namespace patchbay
