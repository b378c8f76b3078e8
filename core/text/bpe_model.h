#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/token_table.h"

namespace patchbay::text {

/// What a BPE vocabulary is made of.
struct BpeVocabulary {
  std::vector<std::string> tokens;  ///< by id; empty where an id has no token of the merges' alphabet
  /// SentencePiece: any two tokens merge into the one with their joined text, best score first. Empty: use merges.
  std::vector<float> scores;
  std::vector<std::pair<std::string, std::string>> merges;  ///< best first
  std::optional<std::int32_t> unknownId;
  bool fuseUnknown = false;
  bool byteFallback = false;  ///< a character without a token becomes the "<0x..>" tokens of its bytes
  bool ignoreMerges = false;  ///< a piece that is a token is not merged from its characters
};

/// Byte-pair encoding: turns one piece of text into token ids by merging neighbours.
///
/// Thread   any; immutable.   Cost  n log n in the length of a piece.
/// Source   Sennrich, Haddow and Birch 2016, arXiv 1508.07909; ties are broken left to right.
class BpeModel {
public:
  /// Merges that name a token outside the vocabulary are counted in `skippedMerges` and left out.
  explicit BpeModel(BpeVocabulary vocabulary);

  void encode(std::string_view piece, std::vector<std::int32_t>& ids) const;
  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const;
  [[nodiscard]] const std::vector<std::string>& tokens() const { return m_vocabulary.tokens; }
  [[nodiscard]] int skippedMerges() const { return m_skippedMerges; }

private:
  struct Symbol {
    std::int32_t id;
    int previous, next;  ///< -1 at the ends
    bool isGone = false;
  };

  void buildMerges();
  void buildRanks();
  [[nodiscard]] std::vector<Symbol> symbolsOf(std::string_view piece) const;
  [[nodiscard]] std::optional<Merge> mergeOf(std::int32_t left, std::int32_t right) const;
  void mergeAll(std::vector<Symbol>& symbols) const;

  BpeVocabulary m_vocabulary;
  TokenTable m_table;
  MergeTable m_merges;
  std::vector<std::int32_t> m_ranks;  ///< by id, for scores: 0 is the best
  std::size_t m_longestToken = 0;
  std::array<std::int32_t, 256> m_byteTokens{};  ///< "<0x..>" tokens, -1 where missing
  int m_skippedMerges = 0;
};

}  // namespace patchbay::text
