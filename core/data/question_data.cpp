#include "core/data/question_data.h"

#include <algorithm>
#include <span>

#include "core/base/sha256.h"
#include "core/data/json.h"

namespace patchbay {

// Made from resources/decoder by CMake.
extern const std::span<const char* const> kBuiltinQuestionFamilies;
extern const char* const kBuiltinStimuli;
extern const char* const kBuiltinPassages;
extern const char* const kBuiltinPassageQuestions;
extern const char* const kBuiltinMetaEmotion;

namespace {

constexpr std::string_view kPlace = "{value}";
constexpr std::string_view kHeldOut = "held_out_";

/// A field that is not what a family needs.
struct Wrong {
  std::string field, found, expected;
};

std::vector<std::string> textsIn(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (!found->is_array()) throw Wrong{key, found->type_name(), "a list of texts"};
  std::vector<std::string> texts;
  for (const Json& text : *found) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty())
      throw Wrong{key, dumpJson(text).substr(0, 60), "a text that is not empty"};
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

HeldApart heldApart(const Json& object, const std::string& key) {
  return {.seen = textsIn(object, key), .heldOut = textsIn(object, std::string(kHeldOut) + key)};
}

std::string textIn(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) throw Wrong{key, "no text", "a text"};
  return found->get<std::string>();
}

std::vector<QuestionValue> valuesIn(const Json& object, const std::string& key) {
  std::vector<QuestionValue> values;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) throw Wrong{key, "no list", "a list of values"};
  for (const Json& entry : *found) {
    QuestionValue value;
    if (entry.is_string()) {
      value.text = entry.get<std::string>();
    } else if (entry.is_object()) {
      value.text = textIn(entry, "value");
      value.texts = heldApart(entry, "texts");
      for (const auto& [name, fact] : entry.items())
        if (name != "value" && fact.is_string()) value.facts.emplace(name, fact.get<std::string>());
    }
    if (value.text.empty()) throw Wrong{key, dumpJson(entry).substr(0, 60), "a text, or an object with \"value\""};
    values.push_back(std::move(value));
  }
  return values;
}

std::map<std::string, HeldApart> questionsIn(const Json& json) {
  const auto found = json.find("questions");
  const Json& object = found != json.end() ? *found : json;
  if (!object.is_object()) throw Wrong{"questions", object.type_name(), "lists of questions by kind"};
  std::map<std::string, HeldApart> questions;
  for (const auto& [kind, list] : object.items()) {
    if (kind.starts_with(kHeldOut)) continue;
    questions.emplace(kind, heldApart(object, kind));
    if (questions.at(kind).seen.empty()) throw Wrong{"questions." + kind, "an empty list", "questions"};
  }
  return questions;
}

void checkPlaces(const std::vector<std::string>& wordings, const std::string& field) {
  for (const std::string& wording : wordings) {
    const std::size_t first = wording.find(kPlace);
    if (first == std::string::npos || wording.find(kPlace, first + 1) != std::string::npos)
      throw Wrong{field, "'" + wording.substr(0, 60) + "'", "{value} once in each"};
  }
}

QuestionFamily familyOf(const Json& json) {
  if (!json.is_object()) throw Wrong{"file", json.type_name(), "an object"};
  QuestionFamily family{.id = textIn(json, "id"),
                        .title = textIn(json, "title"),
                        .isPlain = json.value("plain", false),
                        .values = valuesIn(json, "values"),
                        .heldOutValues = json.contains("held_out_values") ? valuesIn(json, "held_out_values")
                                                                          : std::vector<QuestionValue>(),
                        .wordings = heldApart(json, "wordings"),
                        .questions = questionsIn(json)};
  checkPlaces(family.wordings.seen, "wordings");
  checkPlaces(family.wordings.heldOut, "held_out_wordings");
  if (const auto found = family.questions.find("yes_no"); found != family.questions.end()) {
    checkPlaces(found->second.seen, "questions.yes_no");
    checkPlaces(found->second.heldOut, "questions.held_out_yes_no");
  }
  if (family.values.size() < 2) throw Wrong{"values", std::to_string(family.values.size()), "two values or more"};
  const bool hasTexts = std::ranges::all_of(family.values, [](const auto& value) { return !value.texts.seen.empty(); });
  if (family.wordings.seen.empty() && !hasTexts)
    throw Wrong{"wordings", "none", "wordings, or texts beside each value"};
  return family;
}

/// What comes with the program is read without complaint: a test reads it with.
Json builtinJson(const char* text) {
  auto json = parseJson(text, "built-in data");
  return json ? std::move(*json) : Json::object();
}

}  // namespace

Outcome<QuestionFamily> readQuestionFamily(const std::string& text, const std::string& file) {
  const auto json = parseJson(text, file);
  if (!json) return json.failure<QuestionFamily>();
  try {
    return familyOf(*json);
  } catch (const Wrong& wrong) {
    return Error{.code = "DATA-01",
                 .what = "this is not a family of questions",
                 .file = file,
                 .field = wrong.field,
                 .found = wrong.found,
                 .expected = wrong.expected,
                 .advice = "Compare the file with resources/decoder/FORMAT.md."};
  } catch (const Json::exception& failure) {
    return Error{.code = "DATA-01",
                 .what = "this is not a family of questions",
                 .file = file,
                 .field = {},
                 .found = failure.what(),
                 .expected = {},
                 .advice = "Compare the file with resources/decoder/FORMAT.md."};
  }
}

std::string QuestionData::digest() const {
  Json all = Json::array();
  const auto add = [&](const HeldApart& texts) { all.push_back({texts.seen, texts.heldOut}); };
  for (const QuestionFamily& family : families) {
    all.push_back({family.id, family.isPlain});
    for (const auto* values : {&family.values, &family.heldOutValues}) {
      for (const QuestionValue& value : *values) {
        all.push_back({value.text, value.facts});
        add(value.texts);
      }
    }
    add(family.wordings);
    for (const auto& [kind, wordings] : family.questions) {
      all.push_back(kind);
      add(wordings);
    }
  }
  add(stimuli);
  add(passages);
  for (const auto& [kind, wordings] : questions) {
    all.push_back(kind);
    add(wordings);
  }
  for (const QuestionItem& item : items) {
    all.push_back({item.family, item.prompt, item.about, item.fromMessage, item.isHeldOut});
    for (const QuestionAnswer& asked : item.questions) all.push_back({asked.question, asked.answer, asked.choices});
  }
  const std::string text = dumpJson(all);
  return sha256Hex(std::as_bytes(std::span(text)));
}

const QuestionFamily* QuestionData::family(const std::string& id) const {
  const auto found = std::ranges::find(families, id, &QuestionFamily::id);
  return found == families.end() ? nullptr : &*found;
}

const QuestionData& builtinQuestionData() {
  static const QuestionData data = [] {
    QuestionData made;
    for (const char* text : kBuiltinQuestionFamilies)
      if (auto family = readQuestionFamily(text, "built-in data")) made.families.push_back(std::move(*family));
    made.stimuli = heldApart(builtinJson(kBuiltinStimuli), "stimuli");
    made.passages = heldApart(builtinJson(kBuiltinPassages), "texts");
    const Json questions = builtinJson(kBuiltinPassageQuestions);
    for (const auto& [kind, lists] : questions.items()) made.questions.emplace(kind, heldApart(lists, "open"));
    return made;
  }();
  return data;
}

const std::vector<QuestionFamily>& builtinTextFamilies() {
  static const std::vector<QuestionFamily> families = [] {
    std::vector<QuestionFamily> made;
    for (const QuestionFamily& family : builtinQuestionData().families)
      if (family.isPlain && family.wordings.seen.empty()) made.push_back(family);
    if (auto family = readQuestionFamily(kBuiltinMetaEmotion, "built-in data")) made.push_back(std::move(*family));
    return made;
  }();
  return families;
}

std::string withValue(const std::string& wording, const std::string& value) {
  std::string text = wording;
  if (const std::size_t place = text.find(kPlace); place != std::string::npos)
    text.replace(place, kPlace.size(), value);
  return text;
}

}  // namespace patchbay
