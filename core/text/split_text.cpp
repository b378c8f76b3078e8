#include "core/text/split_text.h"

#include <utf8proc.h>

#include "core/text/utf8.h"

namespace patchbay::text {

namespace {

bool isOfKind(char32_t codePoint, CharacterKind kind) {
  if (kind == CharacterKind::WhiteSpace) return isWhiteSpace(codePoint);
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(codePoint));
  if (kind == CharacterKind::Numeric) return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
  const bool isAsciiSymbol = codePoint < 0x80 && category >= UTF8PROC_CATEGORY_SM && category <= UTF8PROC_CATEGORY_SO;
  return isAsciiSymbol || (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO);
}

/// Joins a match with the stretch before it; of several matches in a row only the first is joined.
std::vector<Span> mergeWithPrevious(const std::vector<MarkedSpan>& marked) {
  std::vector<Span> joined;
  bool previousMatched = false;
  for (const MarkedSpan& part : marked) {
    if (part.isMatch && !previousMatched && !joined.empty())
      joined.back().end = part.span.end;
    else
      joined.push_back(part.span);
    previousMatched = part.isMatch;
  }
  return joined;
}

/// The mirror image: of several matches in a row only the last is joined with the stretch after it.
std::vector<Span> mergeWithNext(const std::vector<MarkedSpan>& marked) {
  std::vector<Span> joined;
  bool nextMatched = false;
  for (auto part = marked.rbegin(); part != marked.rend(); ++part) {
    if (part->isMatch && !nextMatched && !joined.empty())
      joined.back().begin = part->span.begin;
    else
      joined.push_back(part->span);
    nextMatched = part->isMatch;
  }
  return {joined.rbegin(), joined.rend()};
}

std::vector<Span> mergeAlike(const std::vector<MarkedSpan>& marked) {
  std::vector<Span> joined;
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if (i > 0 && marked[i].isMatch == marked[i - 1].isMatch)
      joined.back().end = marked[i].span.end;
    else
      joined.push_back(marked[i].span);
  }
  return joined;
}

}  // namespace

std::vector<MarkedSpan> markSpans(std::string_view text, const std::vector<Span>& matches, bool inverted) {
  std::vector<MarkedSpan> marked;
  marked.reserve(matches.size() * 2 + 1);
  std::size_t done = 0;
  for (const Span& match : matches) {
    if (match.begin > done) marked.push_back({{done, match.begin}, inverted});
    marked.push_back({match, !inverted});
    done = match.end;
  }
  if (done < text.size()) marked.push_back({{done, text.size()}, inverted});
  return marked;
}

std::vector<Span> findLiteral(std::string_view text, std::string_view literal) {
  std::vector<Span> found;
  if (literal.empty()) return found;
  for (std::size_t at = text.find(literal); at != std::string_view::npos; at = text.find(literal, at)) {
    found.push_back({at, at + literal.size()});
    at += literal.size();
  }
  return found;
}

std::vector<Span> findCharacters(std::string_view text, CharacterKind kind) {
  std::vector<Span> found;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = utf8Step(text, i);
    if (isOfKind(step.codePoint, kind)) found.push_back({i, i + step.length});
    i += step.length;
  }
  return found;
}

void addSplit(std::string_view text, const std::vector<MarkedSpan>& marked, SplitBehaviour behaviour,
              PieceList& pieces) {
  const auto addAll = [&](const std::vector<Span>& spans) {
    for (const Span& span : spans) pieces.add(text.substr(span.begin, span.end - span.begin));
  };
  if (behaviour == SplitBehaviour::MergedWithPrevious) return addAll(mergeWithPrevious(marked));
  if (behaviour == SplitBehaviour::MergedWithNext) return addAll(mergeWithNext(marked));
  if (behaviour == SplitBehaviour::Contiguous) return addAll(mergeAlike(marked));
  for (const MarkedSpan& part : marked) {
    if (behaviour == SplitBehaviour::Removed && part.isMatch) continue;
    pieces.add(text.substr(part.span.begin, part.span.end - part.span.begin));
  }
}

}  // namespace patchbay::text
