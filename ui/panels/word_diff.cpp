#include "ui/panels/word_diff.h"

#include <algorithm>

namespace patchbay::ui {
namespace {

constexpr std::size_t kMostWords = 2000;

std::vector<TextSpan> wordsOf(const QString& text) {
  std::vector<TextSpan> words;
  qsizetype i = 0;
  while (i < text.size() && words.size() < kMostWords) {
    while (i < text.size() && text[i].isSpace()) ++i;
    const qsizetype start = i;
    while (i < text.size() && !text[i].isSpace()) ++i;
    if (i > start) words.push_back({start, i - start});
  }
  return words;
}

QStringView wordAt(const QString& text, const TextSpan& word) { return QStringView(text).mid(word.start, word.length); }

/// lengths[i][j]: longest common subsequence of the words from i of one and from j of the other text.
std::vector<std::vector<int>> commonLengths(const QString& before, const std::vector<TextSpan>& a, const QString& after,
                                            const std::vector<TextSpan>& b) {
  std::vector<std::vector<int>> lengths(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      const bool isSame = wordAt(before, a[i]) == wordAt(after, b[j]);
      lengths[i][j] = isSame ? lengths[i + 1][j + 1] + 1 : std::max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  return lengths;
}

std::vector<TextSpan> joined(const std::vector<TextSpan>& words, const std::vector<bool>& isChanged) {
  std::vector<TextSpan> spans;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!isChanged[i]) continue;
    if (i > 0 && isChanged[i - 1]) {
      spans.back().length = words[i].start + words[i].length - spans.back().start;
    } else {
      spans.push_back(words[i]);
    }
  }
  return spans;
}

}  // namespace

WordDiff wordDiff(const QString& before, const QString& after) {
  const std::vector<TextSpan> a = wordsOf(before);
  const std::vector<TextSpan> b = wordsOf(after);
  const auto lengths = commonLengths(before, a, after, b);
  std::vector<bool> isRemoved(a.size(), true);
  std::vector<bool> isAdded(b.size(), true);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (wordAt(before, a[i]) == wordAt(after, b[j])) {
      isRemoved[i++] = false;
      isAdded[j++] = false;
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  return {joined(a, isRemoved), joined(b, isAdded)};
}

}  // namespace patchbay::ui
