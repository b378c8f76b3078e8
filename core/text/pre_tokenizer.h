#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"
#include "core/text/pattern.h"
#include "core/text/piece_list.h"

namespace patchbay::text {

/// What becomes of the stretches a splitter matches.
enum class SplitBehaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// Kinds of character a step splits at without a regular expression.
enum class CharacterKind { Numeric, Punctuation, WhiteSpace };

struct PatternSplit {
  Pattern pattern;
  SplitBehaviour behaviour = SplitBehaviour::Isolated;
  bool inverted = false;
};
struct LiteralSplit {
  std::string literal;
  SplitBehaviour behaviour = SplitBehaviour::Isolated;
  bool inverted = false;
};
struct CharacterSplit {
  CharacterKind kind = CharacterKind::Numeric;
  SplitBehaviour behaviour = SplitBehaviour::Isolated;
};
/// A space before every piece that has none.
struct PrefixSpace {};
/// Bytes to letters of the byte alphabet.
struct ByteLetters {};
struct Metaspace {
  enum class Prepend { Always, First, Never };
  std::string replacement;
  Prepend prepend = Prepend::Always;
  bool split = true;
};

using PreTokenizerStep = std::variant<PatternSplit, LiteralSplit, CharacterSplit, PrefixSpace, ByteLetters, Metaspace>;

/// The cut of a text into pieces that byte-pair merges never cross.
///
/// Thread   any; immutable.
class PreTokenizer {
public:
  /// `json` is tokenizer.json's "pre_tokenizer"; null gives one that leaves the text whole.
  /// Errors   TOK-02 an unknown type or behaviour, TOK-03 a missing field, TOK-04 a bad pattern.
  [[nodiscard]] static Outcome<PreTokenizer> fromJson(const Json& json);

  /// `startsText` is true for the stretch at the very beginning of the text.
  [[nodiscard]] PieceList split(std::string_view text, bool startsText, PatternBudget& budget) const;

private:
  Outcome<Done> addJson(const Json& json, int depth);
  Outcome<Done> addByteLevel(const Json& json);
  Outcome<Done> addSplit(const Json& json);
  Outcome<Done> addMetaspace(const Json& json);
  Outcome<Done> addPattern(std::string_view source, SplitBehaviour behaviour, bool inverted);

  std::vector<PreTokenizerStep> m_steps;
};

/// GPT-2's own pattern, which ByteLevel applies unless told otherwise.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

}  // namespace patchbay::text
