#include <algorithm>
#include <array>
#include <utility>

#include "core/text/template_functions.h"
#include "core/text/template_operators.h"

namespace patchbay::chat {

namespace {

using Test = bool (*)(const Value&);

bool isSequence(const Value& value) {
  return value.list() != nullptr || value.text() != nullptr || value.get<Value::Dict>() != nullptr;
}
bool isWhole(const Value& value) { return value.get<std::int64_t>() != nullptr; }
bool isTruth(const Value& value) { return value.get<bool>() != nullptr; }

constexpr std::array<std::pair<std::string_view, Test>, 17> kTests{{
    {"defined", [](const Value& v) { return !v.isUndefined(); }},
    {"undefined", [](const Value& v) { return v.isUndefined(); }},
    {"none", [](const Value& v) { return v.isNone(); }},
    {"string", [](const Value& v) { return v.text() != nullptr; }},
    {"mapping", [](const Value& v) { return v.get<Value::Dict>() != nullptr; }},
    {"sequence", isSequence},
    {"iterable", [](const Value& v) { return isSequence(v) || v.isUndefined(); }},
    {"number", [](const Value& v) { return v.isNumber(); }},
    {"integer", isWhole},
    {"float", [](const Value& v) { return v.get<double>() != nullptr; }},
    {"boolean", isTruth},
    {"true", [](const Value& v) { return isTruth(v) && v.isTrue(); }},
    {"false", [](const Value& v) { return isTruth(v) && !v.isTrue(); }},
    {"even", [](const Value& v) { return isWhole(v) && *v.get<std::int64_t>() % 2 == 0; }},
    {"odd", [](const Value& v) { return isWhole(v) && *v.get<std::int64_t>() % 2 != 0; }},
    {"callable",
     [](const Value& v) {
       return v.get<Value::Macro>() != nullptr || v.get<Builtin>() != nullptr || v.get<BoundMethod>() != nullptr;
     }},
    {"lower",
     [](const Value& v) {
       return v.text() != nullptr && inLetters(*v.text(), Letters::Lower) == *v.text() &&
              inLetters(*v.text(), Letters::Upper) != *v.text();
     }},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kComparisons{{
    {"equalto", "=="},
    {"eq", "=="},
    {"==", "=="},
    {"ne", "!="},
    {"!=", "!="},
    {"lt", "<"},
    {"<", "<"},
    {"le", "<="},
    {"<=", "<="},
    {"gt", ">"},
    {">", ">"},
    {"ge", ">="},
    {">=", ">="},
    {"in", "in"},
    {"sameas", "=="},
}};

}  // namespace

bool applyTest(const std::string& name, const Value& subject, const Arguments& arguments, Run& run) {
  const auto isNamed = [&](const auto& entry) { return entry.first == name; };
  if (const auto found = std::find_if(kTests.begin(), kTests.end(), isNamed); found != kTests.end()) {
    return found->second(subject);
  }
  const Value* other = arguments.positional.empty() ? nullptr : &arguments.positional.front();
  const auto comparison = std::find_if(kComparisons.begin(), kComparisons.end(), isNamed);
  if (comparison == kComparisons.end() && name != "divisibleby") run.unknown("test", name);
  if (other == nullptr) run.mistake("a test of the chat template needs a value to compare with", name);
  if (name == "divisibleby") return equal(calculate("%", subject, *other, run), Value(std::int64_t{0}));
  return compare(std::string(comparison->second), subject, *other, run);
}

}  // namespace patchbay::chat
