#include <algorithm>
#include <array>

#include "core/text/template_functions.h"
#include "core/text/template_operators.h"

namespace patchbay::chat {

namespace {

constexpr std::array<std::string_view, 19> kTextMethods{
    "strip", "lstrip",  "rstrip",       "split",        "startswith", "endswith", "upper",
    "lower", "title",   "capitalize",   "replace",      "join",       "format",   "find",
    "count", "isdigit", "removeprefix", "removesuffix", "splitlines"};
constexpr std::array<std::string_view, 4> kDictMethods{"items", "keys", "values", "get"};

const std::string& neededText(const Arguments& arguments, std::size_t index, Run& run) {
  const Value* given = index < arguments.positional.size() ? &arguments.positional[index] : nullptr;
  if (given == nullptr || given->text() == nullptr) run.mistake("a method of the chat template needs a text");
  return *given->text();
}

Value split(const std::string& text, const Arguments& arguments, Run& run) {
  const Value* limit = arguments.find(1, "maxsplit");
  const std::int64_t most = limit != nullptr ? wholeNumber(*limit, run) : -1;
  const Value* given = arguments.find(0, "sep");
  if (given == nullptr || given->isNone()) {
    std::vector<Value> words;
    for (std::string& word : wordsOf(text, most)) words.push_back(run.text(std::move(word)));
    return run.list(std::move(words));
  }
  if (given->text() == nullptr) run.mistake("a method of the chat template needs a text", given->typeName());
  const std::string& separator = *given->text();
  if (separator.empty()) run.mistake("the chat template splits at an empty text");
  std::vector<Value> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos; at = text.find(separator, begin)) {
    if (most >= 0 && static_cast<std::int64_t>(parts.size()) == most) break;
    run.spendBytes(sizeof(Value));
    parts.push_back(run.text(text.substr(begin, at - begin)));
    begin = at + separator.size();
  }
  parts.push_back(run.text(text.substr(begin)));
  return run.list(std::move(parts));
}

Value splitLines(const std::string& text, Run& run) {
  std::vector<Value> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    lines.push_back(run.text(text.substr(begin, end - begin)));
    begin = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  }
  return run.list(std::move(lines));
}

/// "{}", "{0}" and "{name}"; a format after ':' is not known.
Value format(const std::string& text, const Arguments& arguments, Run& run) {
  std::string made;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool isDoubled = i + 1 < text.size() && text[i + 1] == text[i] && (text[i] == '{' || text[i] == '}');
    if (isDoubled || (text[i] != '{' && text[i] != '}')) {
      made += text[i];
      i += isDoubled ? 1 : 0;
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (text[i] == '}' || end == std::string::npos) run.mistake("a format of the chat template has a single brace");
    const std::string field = text.substr(i + 1, end - i - 1);
    const bool isPlace =
        !field.empty() && field.size() < 4 && field.find_first_not_of("0123456789") == std::string::npos;
    const Value* value = field.empty() ? arguments.find(next++, "")
                         : isPlace     ? arguments.find(static_cast<std::size_t>(std::stoi(field)), "")
                                       : arguments.find(arguments.positional.size(), field);
    if (value == nullptr) run.mistake("a format of the chat template has no value", field);
    const std::string part = value->printed();
    run.spendBytes(part.size());
    made += part;
    i = end;
  }
  return run.text(std::move(made));
}

bool hasEnd(const std::string& text, const Arguments& arguments, bool atStart, Run& run) {
  const Value* given = arguments.positional.empty() ? nullptr : &arguments.positional.front();
  const auto fits = [&](const Value& end) {
    if (end.text() == nullptr) run.mistake("a method of the chat template needs a text", end.typeName());
    return atStart ? text.starts_with(*end.text()) : text.ends_with(*end.text());
  };
  if (given != nullptr && given->list() != nullptr) {
    return std::any_of(given->list()->begin(), given->list()->end(), fits);
  }
  return fits(given != nullptr ? *given : Value());
}

std::int64_t countOf(const std::string& text, const std::string& part, Run& run) {
  if (part.empty()) run.mistake("the chat template counts an empty text");
  std::int64_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

Value changedText(const std::string& text, const std::string& name, const Arguments& arguments, Run& run) {
  const Value* letters = arguments.find(0, "chars");
  if (name == "strip") return run.text(stripped(text, letters, Side::Both));
  if (name == "lstrip") return run.text(stripped(text, letters, Side::Left));
  if (name == "rstrip") return run.text(stripped(text, letters, Side::Right));
  if (name == "upper") return run.text(inLetters(text, Letters::Upper));
  if (name == "lower") return run.text(inLetters(text, Letters::Lower));
  if (name == "title") return run.text(inLetters(text, Letters::Title));
  if (name == "capitalize") return run.text(inLetters(text, Letters::Capital));
  if (name == "replace") {
    const Value* most = arguments.find(2, "count");
    return run.text(replaced(text, neededText(arguments, 0, run), neededText(arguments, 1, run),
                             most != nullptr ? wholeNumber(*most, run) : -1, run));
  }
  const std::string& end = neededText(arguments, 0, run);
  if (name == "removeprefix") return run.text(text.starts_with(end) ? text.substr(end.size()) : text);
  return run.text(text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text);
}

Value callText(const Value& subject, const std::string& name, const Arguments& arguments, Run& run) {
  const std::string& text = *subject.text();
  if (name == "split") return split(text, arguments, run);
  if (name == "splitlines") return splitLines(text, run);
  if (name == "startswith" || name == "endswith") return Value(hasEnd(text, arguments, name == "startswith", run));
  if (name == "format") return format(text, arguments, run);
  if (name == "join") {
    if (arguments.positional.empty()) run.mistake("the method join needs a list");
    return applyFilter("join", arguments.positional.front(), {{subject}, {}}, run);
  }
  if (name == "count") return Value(countOf(text, neededText(arguments, 0, run), run));
  if (name == "find") {
    const std::size_t at = text.find(neededText(arguments, 0, run));
    return at == std::string::npos ? Value(std::int64_t{-1}) : Value(lengthOf(Value::ofText(text.substr(0, at)), run));
  }
  if (name == "isdigit") {
    return Value(!text.empty() && text.find_first_not_of("0123456789") == std::string::npos);
  }
  return changedText(text, name, arguments, run);
}

Value callDict(const DictData& dict, const std::string& name, const Arguments& arguments, Run& run) {
  if (name == "get") {
    const Value* found = dict.find(neededText(arguments, 0, run));
    if (found != nullptr) return *found;
    const Value* otherwise = arguments.find(1, "default");
    return otherwise != nullptr ? *otherwise : Value::none();
  }
  std::vector<Value> made;
  for (const auto& [key, value] : dict.items) {
    if (name == "items")
      made.push_back(run.list({Value::ofText(key), value}));
    else
      made.push_back(name == "keys" ? Value::ofText(key) : value);
  }
  return run.list(std::move(made));
}

Value range(const Arguments& arguments, Run& run) {
  std::vector<std::int64_t> bounds;
  for (const Value& bound : arguments.positional) bounds.push_back(wholeNumber(bound, run));
  if (bounds.empty() || bounds.size() > 3) run.mistake("range needs one to three numbers");
  const std::int64_t start = bounds.size() > 1 ? bounds[0] : 0;
  const std::int64_t stop = bounds.size() > 1 ? bounds[1] : bounds[0];
  const std::int64_t step = bounds.size() > 2 ? bounds[2] : 1;
  if (step == 0) run.mistake("range has step 0");
  std::vector<Value> items;
  // The bound of Jinja's sandbox, which also keeps the sum below from overflowing in any sensible template.
  constexpr std::size_t kMaxRange = 100'000;
  for (std::int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (items.size() == kMaxRange) run.mistake("range has more than 100000 items");
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return run.list(std::move(items));
}

Value timeText(const Arguments& arguments, Run& run) {
  const std::string form = neededText(arguments, 0, run);
  const std::tm now = run.clock()();
  std::array<char, 256> text{};
  const std::size_t size = form.size() > 64 ? 0 : std::strftime(text.data(), text.size(), form.c_str(), &now);
  return run.text(std::string(text.data(), size));
}

}  // namespace

bool hasMethod(const Value& subject, std::string_view name) {
  const auto isIn = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (subject.text() != nullptr) return isIn(kTextMethods);
  return subject.get<Value::Dict>() != nullptr && isIn(kDictMethods);
}

Value callMethod(const Value& subject, const std::string& name, const Arguments& arguments, Run& run) {
  if (!hasMethod(subject, name)) run.unknown("method of " + subject.typeName(), name);
  if (subject.text() != nullptr) return callText(subject, name, arguments, run);
  return callDict(*subject.dict(), name, arguments, run);
}

bool isBuiltin(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"raise_exception", "range", "namespace", "dict", "strftime_now"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Value callBuiltin(const std::string& name, const Arguments& arguments, Run& run) {
  if (name == "raise_exception") {
    run.refuse(arguments.positional.empty() ? "the chat template refuses" : arguments.positional.front().printed());
  }
  if (name == "range") return range(arguments, run);
  if (name == "strftime_now") return timeText(arguments, run);
  std::vector<std::pair<std::string, Value>> entries;
  if (!arguments.positional.empty() && arguments.positional.front().dict() != nullptr) {
    entries = arguments.positional.front().dict()->items;
  }
  entries.insert(entries.end(), arguments.named.begin(), arguments.named.end());
  if (name == "dict") return run.dict(std::move(entries));
  const Value::Namespace made = run.makeNamespace();
  for (auto& [key, value] : entries) made->set(key, std::move(value));
  return Value(made);
}

}  // namespace patchbay::chat
