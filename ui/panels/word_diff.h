#pragma once

#include <vector>

#include <QString>

namespace patchbay::ui {

/// A stretch of text, from `start` on, that only one of two texts has.
struct TextSpan {
  qsizetype start = 0;
  qsizetype length = 0;
  bool operator==(const TextSpan&) const = default;
};

/// What differs between two texts, word by word.
struct WordDiff {
  std::vector<TextSpan> removed;  ///< in the first text
  std::vector<TextSpan> added;    ///< in the second text
};

/// Longest-common-subsequence difference of the words of two texts; neighbouring changed words join to one span
/// with the space between them.
///
/// Cost   words of one times words of the other; texts beyond 2,000 words are compared up to there.
[[nodiscard]] WordDiff wordDiff(const QString& before, const QString& after);

}  // namespace patchbay::ui
