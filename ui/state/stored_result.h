#pragma once

#include <memory>
#include <string>
#include <typeindex>
#include <utility>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/results.h"
#include "core/data/steering_vector.h"

namespace patchbay::ui {

/// The result of a run of any kind, held once and shared by every view, and the form in which it is stored.
class StoredResult {
public:
  template <typename Result>
  explicit StoredResult(std::shared_ptr<const Result> result)
      : m_type(typeid(Result)), m_value(result), m_seconds(secondsOf(*result)), m_warnings(warningsOf(*result)) {}

  template <typename Result>
  [[nodiscard]] static Outcome<StoredResult> fromOutcome(Outcome<Result> outcome) {
    if (!outcome) return outcome.template failure<StoredResult>();
    return StoredResult(std::make_shared<const Result>(std::move(*outcome)));
  }

  /// Null when the result is of another type.
  template <typename Result>
  [[nodiscard]] std::shared_ptr<const Result> as() const {
    if (m_type != std::type_index(typeid(Result))) return nullptr;
    return std::static_pointer_cast<const Result>(m_value);
  }
  [[nodiscard]] double seconds() const { return m_seconds; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return m_warnings; }

private:
  template <typename Result>
  static double secondsOf(const Result& result) {
    if constexpr (requires { result.seconds; }) return result.seconds;
    return 0;
  }
  template <typename Result>
  static std::vector<std::string> warningsOf(const Result& result) {
    if constexpr (requires { result.warnings; }) return result.warnings;
    return {};
  }

  std::type_index m_type;
  std::shared_ptr<const void> m_value;
  double m_seconds = 0;
  std::vector<std::string> m_warnings;
};

/// The stored form of a result. Thread   any; pure.
[[nodiscard]] ResultDocument toDocument(const StoredResult& result);
/// The result of a run of `kind` from its stored form.
/// Errors   RUN-01 for an unknown kind; those of the result's own `fromDocument`.
[[nodiscard]] Outcome<StoredResult> resultFromDocument(const std::string& kind, const ResultDocument& document);

}  // namespace patchbay::ui
