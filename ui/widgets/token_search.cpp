#include "ui/widgets/token_search.h"

#include <algorithm>

namespace patchbay::ui {

std::vector<TokenHit> findInTokens(std::span<const TokenChip> chips, const QString& text) {
  std::vector<TokenHit> hits;
  if (text.isEmpty()) return hits;
  QString joined;
  std::vector<qsizetype> starts;
  for (const TokenChip& chip : chips) {
    starts.push_back(joined.size());
    joined += QString::fromStdString(chip.token.text);
  }
  const auto tokenOf = [&starts](qsizetype position) {
    return static_cast<int>(std::upper_bound(starts.begin(), starts.end(), position) - starts.begin()) - 1;
  };
  for (qsizetype at = joined.indexOf(text, 0, Qt::CaseInsensitive); at >= 0;
       at = joined.indexOf(text, at + 1, Qt::CaseInsensitive))
    hits.emplace_back(tokenOf(at), tokenOf(at + text.size() - 1));
  return hits;
}

TokenHit hitAfter(const std::vector<TokenHit>& hits, int token) {
  const auto next = std::find_if(hits.begin(), hits.end(), [token](const TokenHit& hit) { return hit.first > token; });
  return next != hits.end() ? *next : hits.front();
}

TokenHit hitBefore(const std::vector<TokenHit>& hits, int token) {
  const auto previous =
      std::find_if(hits.rbegin(), hits.rend(), [token](const TokenHit& hit) { return hit.first < token; });
  return previous != hits.rend() ? *previous : hits.back();
}

}  // namespace patchbay::ui
