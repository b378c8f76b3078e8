#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/text/template_functions.h"
#include "core/text/template_operators.h"

namespace patchbay::chat {

namespace {

using Filter = Value (*)(const Value&, const Arguments&, Run&);

std::string textOf(const Value* argument, const char* otherwise) {
  return argument != nullptr ? argument->printed() : otherwise;
}

/// An attribute path such as "function.name".
Value attributeOf(Value item, const std::string& path, Run& run) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    item = itemAt(item, Value::ofText(path.substr(begin, end - begin)), run);
    begin = end + 1;
  }
  return item;
}

Value trim(const Value& subject, const Arguments& arguments, Run& run) {
  return run.text(stripped(subject.printed(), arguments.find(0, "chars"), Side::Both));
}
Value upper(const Value& subject, const Arguments&, Run& run) {
  return run.text(inLetters(subject.printed(), Letters::Upper));
}
Value lower(const Value& subject, const Arguments&, Run& run) {
  return run.text(inLetters(subject.printed(), Letters::Lower));
}
Value title(const Value& subject, const Arguments&, Run& run) {
  return run.text(inLetters(subject.printed(), Letters::Title));
}
Value capitalize(const Value& subject, const Arguments&, Run& run) {
  return run.text(inLetters(subject.printed(), Letters::Capital));
}
Value length(const Value& subject, const Arguments&, Run& run) { return Value(lengthOf(subject, run)); }
Value string(const Value& subject, const Arguments&, Run& run) { return run.text(subject.printed()); }
Value same(const Value& subject, const Arguments&, Run&) { return subject; }
Value list(const Value& subject, const Arguments&, Run& run) { return run.list(itemsOf(subject, run)); }

Value first(const Value& subject, const Arguments&, Run& run) {
  const std::vector<Value> items = itemsOf(subject, run);
  return items.empty() ? Value(Undefined{"first"}) : items.front();
}
Value last(const Value& subject, const Arguments&, Run& run) {
  const std::vector<Value> items = itemsOf(subject, run);
  return items.empty() ? Value(Undefined{"last"}) : items.back();
}

Value orDefault(const Value& subject, const Arguments& arguments, Run&) {
  const Value* otherwise = arguments.find(0, "default_value");
  const Value* alsoFalse = arguments.find(1, "boolean");
  const bool isMissing = subject.isUndefined() || (alsoFalse != nullptr && alsoFalse->isTrue() && !subject.isTrue());
  if (!isMissing) return subject;
  return otherwise != nullptr ? *otherwise : Value::ofText({});
}

Value join(const Value& subject, const Arguments& arguments, Run& run) {
  const std::string between = textOf(arguments.find(0, "d"), "");
  const Value* attribute = arguments.find(1, "attribute");
  std::string joined;
  bool isFirst = true;
  for (const Value& item : itemsOf(subject, run)) {
    const std::string part = (attribute != nullptr ? attributeOf(item, attribute->printed(), run) : item).printed();
    run.spendBytes(part.size() + between.size());
    if (!isFirst) joined += between;
    joined += part;
    isFirst = false;
  }
  return run.text(std::move(joined));
}

Value json(const Value& subject, const Arguments& arguments, Run& run) {
  // transformers gives tojson its own parameters; indent is the one templates use.
  const Value* indent = arguments.find(1, "indent");
  const bool isPlain = indent == nullptr || indent->isNone();
  return run.text(toJson(
      subject, isPlain ? -1 : static_cast<int>(std::clamp<std::int64_t>(wholeNumber(*indent, run), 0, 64)), run));
}

Value replace(const Value& subject, const Arguments& arguments, Run& run) {
  const Value* from = arguments.find(0, "old");
  const Value* to = arguments.find(1, "new");
  const Value* most = arguments.find(2, "count");
  if (from == nullptr || to == nullptr) run.mistake("the filter replace needs two texts");
  return run.text(
      replaced(subject.printed(), from->printed(), to->printed(), most != nullptr ? wholeNumber(*most, run) : -1, run));
}

Value toWhole(const Value& subject, const Arguments& arguments, Run& run) {
  const Value* otherwise = arguments.find(0, "default");
  const Value fallback = otherwise != nullptr ? *otherwise : Value(std::int64_t{0});
  if (subject.isNumber()) {
    const double number = subject.number();
    if (subject.get<double>() == nullptr) return Value(wholeNumber(subject, run));
    return std::abs(number) < 9e18 ? Value(static_cast<std::int64_t>(number)) : fallback;
  }
  if (subject.text() == nullptr) return fallback;
  const std::string digits = stripped(*subject.text(), nullptr, Side::Both);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return failure == std::errc() && end == digits.data() + digits.size() ? Value(number) : fallback;
}

Value items(const Value& subject, const Arguments&, Run& run) {
  if (subject.isUndefined()) return run.list({});
  if (subject.get<Value::Dict>() == nullptr) run.mistake("the filter items needs a mapping", subject.typeName());
  return callMethod(subject, "items", {}, run);
}

Value indent(const Value& subject, const Arguments& arguments, Run& run) {
  const Value* width = arguments.find(0, "width");
  const Value* firstToo = arguments.find(1, "first");
  const Value* blankToo = arguments.find(2, "blank");
  std::string blanks(4, ' ');
  if (width != nullptr && width->text() != nullptr)
    blanks = *width->text();
  else if (width != nullptr)
    blanks.assign(static_cast<std::size_t>(std::clamp<std::int64_t>(wholeNumber(*width, run), 0, 1000)), ' ');
  const std::string text = subject.printed();
  std::string made = firstToo != nullptr && firstToo->isTrue() ? blanks : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    made += text[i];
    const bool isBlankLine = i + 1 < text.size() && text[i + 1] == '\n';
    const bool indents = i + 1 < text.size() && (!isBlankLine || (blankToo != nullptr && blankToo->isTrue()));
    if (text[i] != '\n' || !indents) continue;
    run.spendBytes(blanks.size());
    made += blanks;
  }
  return run.text(std::move(made));
}

/// select, reject, selectattr and rejectattr.
Value chosen(const Value& subject, const Arguments& arguments, bool byAttribute, bool wanted, Run& run) {
  Arguments rest = arguments;
  const auto takeText = [&](const char* otherwise) {
    if (rest.positional.empty()) return std::string(otherwise);
    std::string text = rest.positional.front().printed();
    rest.positional.erase(rest.positional.begin());
    return text;
  };
  const std::string attribute = byAttribute ? takeText("") : std::string();
  const std::string test = takeText("");
  std::vector<Value> kept;
  for (const Value& item : itemsOf(subject, run)) {
    run.spendStep();
    const Value value = byAttribute ? attributeOf(item, attribute, run) : item;
    const bool holds = test.empty() ? value.isTrue() : applyTest(test, value, rest, run);
    if (holds == wanted) kept.push_back(item);
  }
  return run.list(std::move(kept));
}
Value select(const Value& s, const Arguments& a, Run& run) { return chosen(s, a, false, true, run); }
Value reject(const Value& s, const Arguments& a, Run& run) { return chosen(s, a, false, false, run); }
Value selectattr(const Value& s, const Arguments& a, Run& run) { return chosen(s, a, true, true, run); }
Value rejectattr(const Value& s, const Arguments& a, Run& run) { return chosen(s, a, true, false, run); }

Value map(const Value& subject, const Arguments& arguments, Run& run) {
  const Value* attribute = arguments.find(1000, "attribute");
  const Value* otherwise = arguments.find(1000, "default");
  Arguments rest;
  if (attribute == nullptr) {
    if (arguments.positional.empty()) run.mistake("the filter map needs a filter or an attribute");
    rest.positional.assign(arguments.positional.begin() + 1, arguments.positional.end());
    rest.named = arguments.named;
  }
  std::vector<Value> made;
  for (const Value& item : itemsOf(subject, run)) {
    run.spendStep();
    Value value = attribute != nullptr ? attributeOf(item, attribute->printed(), run)
                                       : applyFilter(arguments.positional.front().printed(), item, rest, run);
    if (value.isUndefined() && otherwise != nullptr) value = *otherwise;
    made.push_back(std::move(value));
  }
  return run.list(std::move(made));
}

constexpr std::array<std::pair<std::string_view, Filter>, 25> kFilters{{
    {"trim", trim},         {"upper", upper},           {"lower", lower},
    {"title", title},       {"capitalize", capitalize}, {"length", length},
    {"count", length},      {"string", string},         {"safe", same},
    {"list", list},         {"first", first},           {"last", last},
    {"default", orDefault}, {"d", orDefault},           {"join", join},
    {"tojson", json},       {"replace", replace},       {"int", toWhole},
    {"items", items},       {"indent", indent},         {"select", select},
    {"reject", reject},     {"selectattr", selectattr}, {"rejectattr", rejectattr},
    {"map", map},
}};

}  // namespace

Value applyFilter(const std::string& name, const Value& subject, const Arguments& arguments, Run& run) {
  // map can name itself, and so come back here without end.
  run.enter();
  const auto found =
      std::find_if(kFilters.begin(), kFilters.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == kFilters.end()) run.unknown("filter", name);
  Value made = found->second(subject, arguments, run);
  run.leave();
  return made;
}

}  // namespace patchbay::chat
