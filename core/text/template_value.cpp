#include "core/text/template_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace patchbay::chat {

namespace {

std::string printedDouble(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::array<char, 40> digits{};
  // Python writes numbers from 1e16 on and below 1e-4 with an exponent.
  const double size = std::abs(number);
  const bool isPlain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto form = isPlain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, form).ptr;
  std::string text(digits.data(), end);
  if (isPlain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string quotedText(const std::string& text) {
  const bool hasSingle = text.find('\'') != std::string::npos;
  const char quote = hasSingle && text.find('"') == std::string::npos ? '"' : '\'';
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted(1, quote);
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '\\' || letter == quote)
      (quoted += '\\') += letter;
    else if (letter == '\n')
      quoted += "\\n";
    else if (letter == '\r')
      quoted += "\\r";
    else if (letter == '\t')
      quoted += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      ((quoted += "\\x") += kHex[byte >> 4]) += kHex[byte & 15];
    else
      quoted += letter;
  }
  return quoted + quote;
}

bool equalLists(const std::vector<Value>& left, const std::vector<Value>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
}

bool equalDicts(const DictData& left, const DictData& right) {
  if (left.items.size() != right.items.size()) return false;
  return std::all_of(left.items.begin(), left.items.end(), [&](const auto& entry) {
    const Value* other = right.find(entry.first);
    return other != nullptr && equal(entry.second, *other);
  });
}

}  // namespace

const Value* DictData::find(const std::string& key) const {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& entry) { return entry.first == key; });
  return found == items.end() ? nullptr : &found->second;
}

void DictData::set(const std::string& key, Value value) {
  depth = std::max(depth, value.depth() + 1);
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& entry) { return entry.first == key; });
  if (found != items.end())
    found->second = std::move(value);
  else
    items.emplace_back(key, std::move(value));
}

const DictData* Value::dict() const {
  if (const auto* held = get<Dict>()) return held->get();
  const auto* space = get<Namespace>();
  return space != nullptr ? *space : nullptr;
}

double Value::number() const {
  if (const auto* whole = get<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* truth = get<bool>()) return *truth ? 1 : 0;
  return get<double>() != nullptr ? *get<double>() : 0;
}

int Value::depth() const {
  if (const auto* held = get<List>()) return (*held)->depth;
  if (const auto* held = get<Dict>()) return (*held)->depth;
  return 0;
}

std::size_t Value::weight() const {
  if (text() != nullptr) return text()->size() + 1;
  if (const auto* held = get<List>()) return (*held)->weight;
  if (const auto* held = get<Dict>()) return (*held)->weight;
  return 1;
}

bool Value::isTrue() const {
  if (isUndefined() || isNone()) return false;
  if (isNumber()) return number() != 0;
  if (text() != nullptr) return !text()->empty();
  if (list() != nullptr) return !list()->empty();
  if (get<Dict>() != nullptr) return !dict()->items.empty();
  return true;
}

std::string Value::typeName() const {
  constexpr std::array<const char*, std::variant_size_v<State>> kNames{
      "undefined", "none", "bool", "int", "float", "str", "list", "dict", "namespace", "macro", "function", "method"};
  return kNames[m_state.index()];
}

std::string Value::printed() const {
  if (isUndefined()) return {};
  if (isNone()) return "None";
  if (const auto* truth = get<bool>()) return *truth ? "True" : "False";
  if (const auto* whole = get<std::int64_t>()) return std::to_string(*whole);
  if (const auto* number = get<double>()) return printedDouble(*number);
  if (text() != nullptr) return *text();
  if (list() != nullptr || get<Dict>() != nullptr) return quoted();
  return "<" + typeName() + ">";
}

std::string Value::quoted() const {
  if (text() != nullptr) return quotedText(*text());
  std::string written;
  if (list() != nullptr) {
    for (const Value& item : *list()) written += (written.empty() ? "" : ", ") + item.quoted();
    return "[" + written + "]";
  }
  if (get<Dict>() != nullptr) {
    for (const auto& [key, value] : dict()->items) {
      written += (written.empty() ? "" : ", ") + quotedText(key) + ": " + value.quoted();
    }
    return "{" + written + "}";
  }
  return isUndefined() ? "Undefined" : printed();
}

bool equal(const Value& left, const Value& right) {
  if (left.isNumber() && right.isNumber()) {
    const auto* a = left.get<std::int64_t>();
    const auto* b = right.get<std::int64_t>();
    return a != nullptr && b != nullptr ? *a == *b : left.number() == right.number();
  }
  if (left.text() != nullptr && right.text() != nullptr) return *left.text() == *right.text();
  if (left.list() != nullptr && right.list() != nullptr) return equalLists(*left.list(), *right.list());
  if (left.get<Value::Namespace>() != nullptr || right.get<Value::Namespace>() != nullptr) {
    return left.dict() == right.dict();
  }
  if (left.dict() != nullptr && right.dict() != nullptr) return equalDicts(*left.dict(), *right.dict());
  return (left.isNone() && right.isNone()) || (left.isUndefined() && right.isUndefined());
}

}  // namespace patchbay::chat
