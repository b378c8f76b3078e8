#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/outcome.h"
#include "core/text/chat_template.h"
#include "core/text/template_value.h"

namespace patchbay::chat {

/// Thrown inside this folder when a template cannot go on; `ChatTemplate` turns it into an Outcome.
struct Failure {
  Error error;
};

/// "TPL-02 ... line 7"
[[noreturn]] void fail(std::string code, std::string what, int line, std::string found = {});

inline constexpr std::size_t kMaxSourceBytes = 256 * 1024;
inline constexpr int kMaxTreeDepth = 200;  ///< of an expression or of statements inside one another
inline constexpr int kMaxRunDepth = 600;   ///< of evaluations inside one another, macros included
inline constexpr int kMaxValueDepth = 50;  ///< of lists inside one another
inline constexpr std::int64_t kMaxSteps = 2'000'000;
inline constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20;    ///< of one text, the output included
inline constexpr std::size_t kMaxTotalBytes = std::size_t{256} << 20;  ///< of everything made in one run

/// What a call, filter or test is given beside its subject.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  /// The argument at `index`, or the one called `name`; null when neither is given.
  [[nodiscard]] const Value* find(std::size_t index, const std::string& name) const;
};

/// One rendering: its bounds and the things that live as long as it.
class Run {
public:
  explicit Run(const TemplateClock& clock) : m_clock(clock) {}

  void setLine(int line) { m_line = line; }
  /// Errors   TPL-07 after kMaxSteps.
  void spendStep();
  /// Counts memory a template makes the program use, before it is used.
  /// Errors   TPL-08.
  void spendBytes(std::size_t bytes);
  void enter();
  void leave() { --m_depth; }

  [[nodiscard]] Value text(std::string made);
  [[nodiscard]] Value list(std::vector<Value> items);
  [[nodiscard]] Value dict(std::vector<std::pair<std::string, Value>> items);
  /// A small mapping that costs no memory worth counting: what a loop knows of itself.
  [[nodiscard]] Value facts(std::vector<std::pair<std::string, Value>> items);
  [[nodiscard]] Value::Namespace makeNamespace();
  [[nodiscard]] const TemplateClock& clock() const { return m_clock; }

  /// A mistake of the template on the line that runs: TPL-06.
  [[noreturn]] void mistake(std::string what, std::string found = {}) const;
  /// A part of Jinja that is not known here: TPL-03.
  [[noreturn]] void unknown(const std::string& kind, const std::string& name) const;
  /// The template's own refusal: TPL-05.
  [[noreturn]] void refuse(std::string words) const;

private:
  void checkDepth(int depth) const;

  const TemplateClock& m_clock;
  std::vector<std::unique_ptr<DictData>> m_namespaces;
  std::int64_t m_steps = 0;
  std::size_t m_bytes = 0;
  int m_depth = 0;
  int m_line = 0;
};

}  // namespace patchbay::chat
