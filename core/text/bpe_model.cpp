#include "core/text/bpe_model.h"

#include <algorithm>
#include <numeric>
#include <queue>

#include "core/text/byte_alphabet.h"
#include "core/text/utf8.h"

namespace patchbay::text {

namespace {

struct Candidate {
  std::int32_t rank;
  int position;  ///< index of the left symbol
  std::int32_t merged;
  /// For a heap with the lowest rank, then the leftmost, on top.
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

}  // namespace

BpeModel::BpeModel(BpeVocabulary vocabulary)
    : m_vocabulary(std::move(vocabulary)), m_table(m_vocabulary.tokens), m_merges(m_vocabulary.merges.size()) {
  m_byteTokens.fill(-1);
  for (std::size_t id = 0; id < m_vocabulary.tokens.size(); ++id) {
    const std::string& token = m_vocabulary.tokens[id];
    m_longestToken = std::max(m_longestToken, token.size());
    if (const auto byte = byteOfFallbackToken(token)) {
      m_byteTokens[static_cast<unsigned char>(*byte)] = static_cast<std::int32_t>(id);
    }
  }
  if (m_vocabulary.scores.empty())
    buildMerges();
  else
    buildRanks();
}

void BpeModel::buildMerges() {
  std::string joined;
  std::int32_t rank = 0;
  for (const auto& [left, right] : m_vocabulary.merges) {
    joined.assign(left).append(right);
    const auto leftId = find(left);
    const auto rightId = find(right);
    const auto mergedId = find(joined);
    if (leftId && rightId && mergedId)
      m_merges.add(*leftId, *rightId, {rank, *mergedId});
    else
      ++m_skippedMerges;
    ++rank;
  }
  m_vocabulary.merges = {};
}

void BpeModel::buildRanks() {
  const std::vector<float>& scores = m_vocabulary.scores;
  std::vector<std::int32_t> byScore(scores.size());
  std::iota(byScore.begin(), byScore.end(), 0);
  const auto scoreOf = [&](std::int32_t id) { return scores[static_cast<std::size_t>(id)]; };
  std::stable_sort(byScore.begin(), byScore.end(),
                   [&](std::int32_t a, std::int32_t b) { return scoreOf(a) > scoreOf(b); });
  m_ranks.resize(scores.size());
  std::int32_t rank = 0;
  for (std::size_t i = 0; i < byScore.size(); ++i) {
    // Equal scores share a rank, so that the leftmost of them merges first.
    if (i > 0 && scoreOf(byScore[i]) != scoreOf(byScore[i - 1])) ++rank;
    m_ranks[static_cast<std::size_t>(byScore[i])] = rank;
  }
}

std::optional<std::int32_t> BpeModel::find(std::string_view token) const {
  return m_table.find(token, m_vocabulary.tokens);
}

std::optional<Merge> BpeModel::mergeOf(std::int32_t left, std::int32_t right) const {
  if (left < 0 || right < 0) return std::nullopt;
  if (m_ranks.empty()) return m_merges.find(left, right);
  const std::string& leftText = m_vocabulary.tokens[static_cast<std::size_t>(left)];
  const std::string& rightText = m_vocabulary.tokens[static_cast<std::size_t>(right)];
  // The unknown token has no text of its own here, so joining it would make its neighbour swallow it.
  if (leftText.empty() || rightText.empty() || leftText.size() + rightText.size() > m_longestToken) return std::nullopt;
  const auto merged = find(leftText + rightText);
  if (!merged) return std::nullopt;
  return Merge{m_ranks[static_cast<std::size_t>(*merged)], *merged};
}

std::vector<BpeModel::Symbol> BpeModel::symbolsOf(std::string_view piece) const {
  std::vector<Symbol> symbols;
  symbols.reserve(piece.size());
  bool afterUnknown = false;
  for (std::size_t i = 0; i < piece.size();) {
    const std::string_view letter = piece.substr(i, utf8Step(piece, i).length);
    i += letter.size();
    if (const auto id = find(letter)) {
      symbols.push_back({*id, 0, 0});
      afterUnknown = false;
      continue;
    }
    const bool hasBytes = m_vocabulary.byteFallback && std::all_of(letter.begin(), letter.end(), [this](char byte) {
                            return m_byteTokens[static_cast<unsigned char>(byte)] >= 0;
                          });
    if (hasBytes) {
      for (const char byte : letter) symbols.push_back({m_byteTokens[static_cast<unsigned char>(byte)], 0, 0});
    } else if (m_vocabulary.unknownId && !(afterUnknown && m_vocabulary.fuseUnknown)) {
      symbols.push_back({*m_vocabulary.unknownId, 0, 0});
    }
    afterUnknown = !hasBytes;
  }
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    symbols[i].previous = static_cast<int>(i) - 1;
    symbols[i].next = i + 1 < symbols.size() ? static_cast<int>(i) + 1 : -1;
  }
  return symbols;
}

void BpeModel::mergeAll(std::vector<Symbol>& symbols) const {
  std::priority_queue<Candidate> queue;
  const auto offer = [&](int position) {
    if (position < 0 || symbols[static_cast<std::size_t>(position)].next < 0) return;
    const Symbol& left = symbols[static_cast<std::size_t>(position)];
    const auto merge = mergeOf(left.id, symbols[static_cast<std::size_t>(left.next)].id);
    if (merge) queue.push({merge->rank, position, merge->merged});
  };
  for (std::size_t i = 0; i < symbols.size(); ++i) offer(static_cast<int>(i));
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = symbols[static_cast<std::size_t>(best.position)];
    if (left.isGone || left.next < 0) continue;
    Symbol& right = symbols[static_cast<std::size_t>(left.next)];
    // The neighbours may have changed since this candidate was offered.
    const auto merge = mergeOf(left.id, right.id);
    if (!merge || merge->merged != best.merged) continue;
    left.id = best.merged;
    right.isGone = true;
    left.next = right.next;
    if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = best.position;
    offer(left.previous);
    offer(best.position);
  }
}

void BpeModel::encode(std::string_view piece, std::vector<std::int32_t>& ids) const {
  if (m_vocabulary.ignoreMerges) {
    if (const auto whole = find(piece)) {
      ids.push_back(*whole);
      return;
    }
  }
  std::vector<Symbol> symbols = symbolsOf(piece);
  mergeAll(symbols);
  for (const Symbol& symbol : symbols) {
    if (!symbol.isGone) ids.push_back(symbol.id);
  }
}

}  // namespace patchbay::text
