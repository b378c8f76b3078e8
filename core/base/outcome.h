#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace patchbay {

/// What went wrong, in the form every message of the program has: what happened, why, what to do.
///
/// `code` is short and stable ("GGUF-04", "MEM-02"); tests and documentation name it. `file` and `field` say
/// where; `found` and `expected` say the difference; any of them may be empty.
struct Error {
  std::string code;
  std::string what;
  std::string file;
  std::string field;
  std::string found;
  std::string expected;
  std::string advice;

  /// One line for logs and the command line: "GGUF-04 FILE: field: what; found X, expected Y. Advice".
  [[nodiscard]] std::string message() const;
  /// The second sentence of an error panel: where, found, expected; empty when nothing is known.
  [[nodiscard]] std::string why() const;

  bool operator==(const Error&) const = default;
};

/// A request that was stopped. A result of its own: it is no error and shows no dialog.
struct Cancelled {
  bool operator==(const Cancelled&) const = default;
};

/// The value of a function that succeeds without a value.
struct Done {
  bool operator==(const Done&) const = default;
};

/// Exactly one of: a value, an Error, Cancelled. Every fallible function of the program returns one.
template <typename T>
class [[nodiscard]] Outcome {
public:
  using Value = T;

  Outcome(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
  Outcome(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}
  Outcome(Cancelled) : m_state(std::in_place_index<2>) {}

  [[nodiscard]] bool hasValue() const { return m_state.index() == 0; }
  [[nodiscard]] bool isError() const { return m_state.index() == 1; }
  [[nodiscard]] bool isCancelled() const { return m_state.index() == 2; }
  explicit operator bool() const { return hasValue(); }

  [[nodiscard]] const T& value() const& { return std::get<0>(m_state); }
  [[nodiscard]] T& value() & { return std::get<0>(m_state); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(m_state)); }
  [[nodiscard]] const Error& error() const { return std::get<1>(m_state); }

  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// The failure of this outcome, Error or Cancelled, as an outcome of another type. Only when it has no value.
  template <typename U>
  [[nodiscard]] Outcome<U> failure() const {
    if (isCancelled()) return Cancelled{};
    return error();
  }

private:
  std::variant<T, Error, Cancelled> m_state;
};

}  // namespace patchbay
