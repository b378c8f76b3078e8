#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"
#include "core/text/pattern.h"

namespace patchbay::text {

enum class UnicodeForm { Nfc, Nfd, Nfkc, Nfkd };
struct Lowercase {};
struct ReplaceLiteral {
  std::string from, to;
};
struct ReplacePattern {
  Pattern from;
  std::string to;
};
struct PrependText {
  std::string text;
};
struct StripSpace {
  bool left = true, right = true;
};

using NormalizerStep = std::variant<UnicodeForm, Lowercase, ReplaceLiteral, ReplacePattern, PrependText, StripSpace>;

/// The change of a text before it is cut into pieces.
///
/// Thread   any; immutable.
class Normalizer {
public:
  /// `json` is tokenizer.json's "normalizer"; null gives one that changes nothing.
  /// Errors   TOK-02 an unknown type, TOK-03 a missing field, TOK-04 a bad pattern.
  [[nodiscard]] static Outcome<Normalizer> fromJson(const Json& json);

  void add(NormalizerStep step) { m_steps.push_back(std::move(step)); }
  [[nodiscard]] bool changesNothing() const { return m_steps.empty(); }
  /// `text` must be valid UTF-8.
  [[nodiscard]] std::string apply(std::string_view text, PatternBudget& budget) const;

private:
  Outcome<Done> addJson(const Json& json, int depth);

  std::vector<NormalizerStep> m_steps;
};

}  // namespace patchbay::text
