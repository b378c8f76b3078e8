#pragma once

#include <string_view>
#include <vector>

#include "core/text/pattern.h"
#include "core/text/piece_list.h"
#include "core/text/pre_tokenizer.h"

namespace patchbay::text {

/// A stretch of a text and whether a splitter matched it.
struct MarkedSpan {
  Span span;
  bool isMatch = false;
};

/// Matches and what lies between them, together the whole text; `inverted` swaps the two.
[[nodiscard]] std::vector<MarkedSpan> markSpans(std::string_view text, const std::vector<Span>& matches, bool inverted);
[[nodiscard]] std::vector<Span> findLiteral(std::string_view text, std::string_view literal);
/// Each character of a kind, one by one.
[[nodiscard]] std::vector<Span> findCharacters(std::string_view text, CharacterKind kind);

/// Adds the pieces of `text` that a behaviour makes of its marked stretches.
void addSplit(std::string_view text, const std::vector<MarkedSpan>& marked, SplitBehaviour behaviour,
              PieceList& pieces);

}  // namespace patchbay::text
