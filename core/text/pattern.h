#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/outcome.h"

namespace patchbay::text {

/// A stretch of a text, in bytes.
struct Span {
  std::size_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

/// Shared by all pattern searches of one `encode`: once a pattern met its limit, none is tried again.
struct PatternBudget {
  bool isSpent = false;
};

/// A regular expression of a tokenizer, written for Oniguruma and read by PCRE2.
///
/// `\s` and `\w` get Oniguruma's Unicode meaning. Every search has a match limit and a memory limit.
/// Thread   any, at the same time.
class Pattern {
public:
  /// Errors   TOK-04 not a regular expression, or one whose search meets the limit on plain short texts.
  [[nodiscard]] static Outcome<Pattern> compile(std::string_view source, std::string_view field);

  /// Every match from left to right. When the limit is met, the matches so far; `budget` is then spent.
  /// Shapes   `text` must be valid UTF-8.
  [[nodiscard]] std::vector<Span> findAll(std::string_view text, PatternBudget& budget) const;

private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : m_compiled(std::move(compiled)) {}

  std::shared_ptr<const Compiled> m_compiled;
};

/// The pattern in PCRE2's words: `\s`, `\S` and `\w` spelled out as Oniguruma understands them.
/// Errors   TOK-04 for set intersections ("&&") and sets inside sets, which PCRE2 would silently read as text.
[[nodiscard]] Outcome<std::string> translatePattern(std::string_view source, std::string_view field);

}  // namespace patchbay::text
