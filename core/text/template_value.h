#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace patchbay::chat {

struct Statement;
class Value;

/// A name that has no value; prints as nothing, and reading anything from it is a mistake.
struct Undefined {
  std::string name;
};
struct ListData {
  std::vector<Value> items;
  int depth = 1;
  std::size_t weight = 0;  ///< bytes and items it holds when written out, shared parts counted each time
};
/// A mapping with text keys in the order they were written.
struct DictData {
  std::vector<std::pair<std::string, Value>> items;
  int depth = 1;
  std::size_t weight = 0;
  [[nodiscard]] const Value* find(const std::string& key) const;
  void set(const std::string& key, Value value);
};
/// A function the program provides, by its name.
struct Builtin {
  std::string name;
};
/// A method taken from a value and not called yet.
struct BoundMethod {
  std::shared_ptr<const Value> self;
  std::string name;
};

/// A value while a template runs, with Python's meaning. Cheap to copy; lists and mappings never change.
///
/// A namespace is the one thing that changes; the run owns it, so values cannot form cycles that never die.
class Value {
public:
  using Text = std::shared_ptr<const std::string>;
  using List = std::shared_ptr<const ListData>;
  using Dict = std::shared_ptr<const DictData>;
  using Namespace = DictData*;
  using Macro = const Statement*;
  using State = std::variant<Undefined, std::monostate, bool, std::int64_t, double, Text, List, Dict, Namespace, Macro,
                             Builtin, BoundMethod>;

  Value() = default;
  template <typename T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Value>) explicit Value(T state) : m_state(std::move(state)) {}
  [[nodiscard]] static Value none() { return Value(std::monostate{}); }
  /// Text that is known to be small; texts that templates make go through `Run::text`.
  [[nodiscard]] static Value ofText(std::string text) {
    return Value(std::make_shared<const std::string>(std::move(text)));
  }

  template <typename T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&m_state);
  }
  [[nodiscard]] bool isUndefined() const { return get<Undefined>() != nullptr; }
  [[nodiscard]] bool isNone() const { return get<std::monostate>() != nullptr; }
  /// The text of a text value; null for any other.
  [[nodiscard]] const std::string* text() const { return get<Text>() ? get<Text>()->get() : nullptr; }
  [[nodiscard]] const std::vector<Value>* list() const { return get<List>() ? &(*get<List>())->items : nullptr; }
  /// The entries of a mapping or namespace; null for any other.
  [[nodiscard]] const DictData* dict() const;
  [[nodiscard]] bool isNumber() const { return get<std::int64_t>() || get<double>() || get<bool>(); }
  [[nodiscard]] double number() const;
  /// Levels of lists and mappings inside.
  [[nodiscard]] int depth() const;
  /// Cost of writing or comparing it.
  [[nodiscard]] std::size_t weight() const;

  /// What `if` makes of it.
  [[nodiscard]] bool isTrue() const;
  /// Python's name of its type, for messages.
  [[nodiscard]] std::string typeName() const;
  /// What `{{ }}` prints.
  [[nodiscard]] std::string printed() const;
  /// Python's repr, as it shows inside a printed list.
  [[nodiscard]] std::string quoted() const;

private:
  State m_state = Undefined{};
};

/// Python's `==`: numbers of different types compare by value, other types never equal each other.
[[nodiscard]] bool equal(const Value& left, const Value& right);

}  // namespace patchbay::chat
