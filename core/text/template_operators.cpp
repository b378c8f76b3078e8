#include "core/text/template_operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text/utf8.h"

namespace patchbay::chat {

namespace {

std::vector<std::string> charactersOf(const std::string& text) {
  std::vector<std::string> characters;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = text::utf8Step(text, i).length;
    characters.push_back(text.substr(i, length));
    i += length;
  }
  return characters;
}

[[noreturn]] void wrongTypes(const std::string& name, const Value& left, const Value& right, const Run& run) {
  run.mistake("the chat template uses '" + name + "' on values that do not go together",
              left.typeName() + " and " + right.typeName());
}

std::int64_t wholeOf(const Value& value) {
  const auto* whole = value.get<std::int64_t>();
  return whole != nullptr ? *whole : static_cast<std::int64_t>(value.number());
}

Value repeated(const Value& subject, std::int64_t times, Run& run) {
  const std::size_t size = subject.text() != nullptr ? subject.text()->size() : subject.list()->size() * sizeof(Value);
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (size > 0 && count > kMaxTextBytes / size) run.spendBytes(kMaxTextBytes + 1);
  std::string text;
  std::vector<Value> items;
  for (std::size_t i = 0; i < count && size > 0; ++i) {
    if (subject.text() != nullptr)
      text += *subject.text();
    else
      items.insert(items.end(), subject.list()->begin(), subject.list()->end());
  }
  return subject.text() != nullptr ? run.text(std::move(text)) : run.list(std::move(items));
}

Value wholeResult(const std::string& name, std::int64_t a, std::int64_t b, Run& run) {
  std::int64_t result = 0;
  bool overflows = false;
  if (name == "+")
    overflows = __builtin_add_overflow(a, b, &result);
  else if (name == "-")
    overflows = __builtin_sub_overflow(a, b, &result);
  else if (name == "*")
    overflows = __builtin_mul_overflow(a, b, &result);
  else {
    if (b == 0) run.mistake("the chat template divides by zero");
    // Python rounds towards minus infinity, C++ towards zero. -1 is apart because the smallest number / -1 overflows.
    if (b == -1) {
      overflows = __builtin_sub_overflow(std::int64_t{0}, a, &result);
      if (name == "%") return Value(std::int64_t{0});
    } else {
      const std::int64_t remainder = a % b;
      const bool adjusts = remainder != 0 && (remainder < 0) != (b < 0);
      result = name == "%" ? remainder + (adjusts ? b : 0) : a / b - (adjusts ? 1 : 0);
    }
  }
  if (overflows) run.mistake("a number of the chat template is too large");
  return Value(result);
}

Value realResult(const std::string& name, double a, double b, Run& run) {
  if (name == "+") return Value(a + b);
  if (name == "-") return Value(a - b);
  if (name == "*") return Value(a * b);
  if (name == "**" && (a != 0 || b >= 0)) return Value(std::pow(a, b));
  if (b == 0 || name == "**") run.mistake("the chat template divides by zero");
  if (name == "/") return Value(a / b);
  if (name == "//") return Value(std::floor(a / b));
  return Value(a - std::floor(a / b) * b);
}

Value power(const Value& left, const Value& right, Run& run) {
  if (left.get<double>() != nullptr || right.get<double>() != nullptr || wholeOf(right) < 0) {
    return realResult("**", left.number(), right.number(), run);
  }
  Value result(std::int64_t{1});
  if (std::abs(left.number()) <= 1) return Value(static_cast<std::int64_t>(std::pow(left.number(), right.number())));
  // More than 63 factors of at least 2 do not fit anyway.
  for (std::int64_t i = 0; i < wholeOf(right); ++i) {
    result = wholeResult("*", wholeOf(result), wholeOf(left), run);
  }
  return result;
}

int order(const std::string& name, const Value& left, const Value& right, const Run& run) {
  if (left.isNumber() && right.isNumber()) {
    return left.number() < right.number() ? -1 : left.number() > right.number() ? 1 : 0;
  }
  if (left.text() != nullptr && right.text() != nullptr) return left.text()->compare(*right.text());
  wrongTypes(name, left, right, run);
}

/// Bounds of a slice, as Python's slice.indices makes them.
struct SliceBounds {
  std::int64_t start, stop, step;
};

SliceBounds boundsOf(const Value& start, const Value& stop, const Value& step, std::int64_t size, Run& run) {
  const auto isOpen = [](const Value& value) { return value.isUndefined() || value.isNone(); };
  const std::int64_t stride = isOpen(step) ? 1 : wholeNumber(step, run);
  if (stride == 0) run.mistake("a slice of the chat template has step 0");
  const std::int64_t lowest = stride < 0 ? -1 : 0;
  const std::int64_t highest = stride < 0 ? size - 1 : size;
  const auto clamp = [&](const Value& bound, std::int64_t open) {
    if (isOpen(bound)) return open;
    const std::int64_t place = wholeNumber(bound, run);
    return std::clamp(place < 0 ? std::max(place, -size - 1) + size : place, lowest, highest);
  };
  return {clamp(start, stride < 0 ? highest : lowest), clamp(stop, stride < 0 ? lowest : highest),
          std::clamp<std::int64_t>(stride, -size - 1, size + 1)};
}

template <typename Item>
std::vector<Item> sliced(const std::vector<Item>& items, const SliceBounds& bounds) {
  std::vector<Item> part;
  for (std::int64_t i = bounds.start; bounds.step > 0 ? i < bounds.stop : i > bounds.stop; i += bounds.step) {
    part.push_back(items[static_cast<std::size_t>(i)]);
  }
  return part;
}

}  // namespace

std::int64_t wholeNumber(const Value& value, Run& run) {
  if (value.get<std::int64_t>() == nullptr && value.get<bool>() == nullptr) {
    run.mistake("the chat template needs a whole number", value.typeName());
  }
  return wholeOf(value);
}

Value calculate(const std::string& name, const Value& left, const Value& right, Run& run) {
  if (name == "~") return run.text(left.printed() + right.printed());
  if (left.isNumber() && right.isNumber()) {
    if (name == "**") return power(left, right, run);
    const bool isReal = left.get<double>() != nullptr || right.get<double>() != nullptr || name == "/";
    return isReal ? realResult(name, left.number(), right.number(), run)
                  : wholeResult(name, wholeOf(left), wholeOf(right), run);
  }
  if (name == "+" && left.text() != nullptr && right.text() != nullptr) return run.text(*left.text() + *right.text());
  if (name == "+" && left.list() != nullptr && right.list() != nullptr) {
    std::vector<Value> items = *left.list();
    items.insert(items.end(), right.list()->begin(), right.list()->end());
    return run.list(std::move(items));
  }
  const auto repeats = [](const Value& a, const Value& b) {
    return (a.text() != nullptr || a.list() != nullptr) && b.get<std::int64_t>() != nullptr;
  };
  if (name == "*" && repeats(left, right)) return repeated(left, wholeOf(right), run);
  if (name == "*" && repeats(right, left)) return repeated(right, wholeOf(left), run);
  wrongTypes(name, left, right, run);
}

bool compare(const std::string& name, const Value& left, const Value& right, Run& run) {
  run.spendBytes(std::min(left.weight(), right.weight()));
  if (name == "==") return equal(left, right);
  if (name == "!=") return !equal(left, right);
  if (name == "in") return contains(right, left, run);
  if (name == "not in") return !contains(right, left, run);
  const int side = order(name, left, right, run);
  if (name == "<") return side < 0;
  if (name == "<=") return side <= 0;
  if (name == ">") return side > 0;
  return side >= 0;
}

bool contains(const Value& whole, const Value& part, Run& run) {
  run.spendBytes(whole.weight());
  if (whole.text() != nullptr && part.text() != nullptr) return whole.text()->find(*part.text()) != std::string::npos;
  if (whole.list() != nullptr) {
    return std::any_of(whole.list()->begin(), whole.list()->end(),
                       [&](const Value& item) { return equal(item, part); });
  }
  if (whole.dict() != nullptr) return part.text() != nullptr && whole.dict()->find(*part.text()) != nullptr;
  if (whole.isUndefined()) return false;
  wrongTypes("in", part, whole, run);
}

std::vector<Value> itemsOf(const Value& value, Run& run) {
  if (value.list() != nullptr) {
    run.spendBytes(value.list()->size());
    return *value.list();
  }
  std::vector<Value> items;
  if (value.isUndefined()) return items;
  if (value.text() != nullptr) {
    run.spendBytes(value.text()->size() * sizeof(Value));
    for (std::string& character : charactersOf(*value.text())) items.push_back(Value::ofText(std::move(character)));
    return items;
  }
  if (value.get<Value::Dict>() == nullptr)
    run.mistake("the chat template walks over something without items", value.typeName());
  for (const auto& entry : value.dict()->items) items.push_back(Value::ofText(entry.first));
  return items;
}

Value itemAt(const Value& subject, const Value& index, Run& run) {
  if (subject.isUndefined()) {
    run.mistake("the chat template reads from something undefined", subject.get<Undefined>()->name);
  }
  if (subject.dict() != nullptr && index.text() != nullptr) {
    const Value* found = subject.dict()->find(*index.text());
    return found != nullptr ? *found : Value(Undefined{*index.text()});
  }
  const bool isWhole = index.get<std::int64_t>() != nullptr || index.get<bool>() != nullptr;
  if (!isWhole || (subject.list() == nullptr && subject.text() == nullptr)) return Value(Undefined{index.printed()});
  const std::int64_t size = lengthOf(subject, run);
  std::int64_t place = wholeOf(index);
  if (place < 0) place += size;
  if (place < 0 || place >= size) return Value(Undefined{index.printed()});
  if (subject.list() != nullptr) return (*subject.list())[static_cast<std::size_t>(place)];
  return run.text(charactersOf(*subject.text())[static_cast<std::size_t>(place)]);
}

Value sliceOf(const Value& subject, const Value& start, const Value& stop, const Value& step, Run& run) {
  if (subject.list() == nullptr && subject.text() == nullptr) {
    run.mistake("the chat template cuts a part of something without an order", subject.typeName());
  }
  const SliceBounds bounds = boundsOf(start, stop, step, lengthOf(subject, run), run);
  if (subject.list() != nullptr) return run.list(sliced(*subject.list(), bounds));
  run.spendBytes(subject.text()->size());
  std::string text;
  for (const std::string& character : sliced(charactersOf(*subject.text()), bounds)) text += character;
  return run.text(std::move(text));
}

std::int64_t lengthOf(const Value& value, Run& run) {
  if (value.isUndefined()) return 0;
  if (value.list() != nullptr) return static_cast<std::int64_t>(value.list()->size());
  if (value.get<Value::Dict>() != nullptr) return static_cast<std::int64_t>(value.dict()->items.size());
  run.spendBytes(value.weight());
  if (value.text() == nullptr)
    run.mistake("the chat template asks for a length of something without one", value.typeName());
  return std::count_if(value.text()->begin(), value.text()->end(),
                       [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
}

}  // namespace patchbay::chat
