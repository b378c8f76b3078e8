#include <QtTest>

#include <algorithm>
#include <map>
#include <random>

#include "core/text/bpe_model.h"
#include "core/text/token_table.h"
#include "small_tokenizers.h"

namespace patchbay {

namespace {

using Ids = std::vector<std::int32_t>;
using Pair = std::pair<std::string, std::string>;

Ids encoded(const text::BpeModel& model, std::string_view piece) {
  Ids ids;
  model.encode(piece, ids);
  return ids;
}

/// Byte-pair encoding as the paper words it: again and again the best pair of all, the leftmost of equals.
Ids plainly(const std::vector<std::string>& tokens, const std::vector<Pair>& merges, const std::string& piece) {
  std::vector<std::string> parts;
  for (const char letter : piece) parts.emplace_back(1, letter);
  while (true) {
    std::size_t best = merges.size(), where = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto rank = static_cast<std::size_t>(std::find(merges.begin(), merges.end(), Pair{parts[i], parts[i + 1]}) -
                                                 merges.begin());
      if (rank < best) best = rank, where = i;
    }
    if (best == merges.size()) break;
    parts[where] += parts[where + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
  Ids ids;
  for (const std::string& part : parts) {
    ids.push_back(static_cast<std::int32_t>(std::find(tokens.begin(), tokens.end(), part) - tokens.begin()));
  }
  return ids;
}

text::BpeVocabulary vocabularyOf(std::vector<std::string> tokens, std::vector<Pair> merges) {
  text::BpeVocabulary vocabulary;
  vocabulary.tokens = std::move(tokens);
  vocabulary.merges = std::move(merges);
  return vocabulary;
}

}  // namespace

/// Merging against the plain algorithm, and what happens to characters without a token.
class TstBpeModel : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theEarlierMergeWins() {
    const std::vector<std::string> tokens{"a", "b", "c", "ab", "bc", "abc"};
    const text::BpeModel leftFirst(vocabularyOf(tokens, {{"a", "b"}, {"b", "c"}}));
    const text::BpeModel rightFirst(vocabularyOf(tokens, {{"b", "c"}, {"a", "b"}}));
    QCOMPARE(encoded(leftFirst, "abc"), (Ids{3, 2}));
    QCOMPARE(encoded(rightFirst, "abc"), (Ids{0, 4}));
    const text::BpeModel whole(vocabularyOf(tokens, {{"b", "c"}, {"a", "b"}, {"a", "bc"}}));
    QCOMPARE(encoded(whole, "abcab"), (Ids{5, 3}));
  }

  void equalPairsMergeFromTheLeft() {
    const text::BpeModel model(vocabularyOf({"a", "aa", "aaaa"}, {{"a", "a"}, {"aa", "aa"}}));
    QCOMPARE(encoded(model, "a"), (Ids{0}));
    QCOMPARE(encoded(model, "aaa"), (Ids{1, 0}));
    QCOMPARE(encoded(model, "aaaaa"), (Ids{2, 0}));
    QCOMPARE(encoded(model, "aaaaaaa"), (Ids{2, 1, 0}));
  }

  void randomVocabulariesEqualThePlainAlgorithm() {
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
      std::vector<std::string> tokens{"a", "b", "c"};
      std::vector<Pair> merges;
      for (int i = 0; i < 14; ++i) {
        const Pair merge{tokens[random() % tokens.size()], tokens[random() % tokens.size()]};
        if (std::find(tokens.begin(), tokens.end(), merge.first + merge.second) != tokens.end()) continue;
        merges.push_back(merge);
        tokens.push_back(merge.first + merge.second);
      }
      const text::BpeModel model(vocabularyOf(tokens, merges));
      QCOMPARE(model.skippedMerges(), 0);
      for (int word = 0; word < 20; ++word) {
        std::string piece;
        for (std::uint32_t length = random() % 24; length > 0; --length) piece += "abc"[random() % 3];
        QCOMPARE(encoded(model, piece), plainly(tokens, merges, piece));
      }
    }
  }

  void theSameWordTwiceIsTheSame() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({{"t", "h"}, {"th", "e"}, {" ", "the"}}));
    QVERIFY(tokenizer);
    QCOMPARE(tokenizer->encode("the the the"), (Ids{257, 258, 258}));
    // Words above the size that is remembered take the other way.
    const std::string longWord(65, 'x');
    QCOMPARE(tokenizer->encode(longWord + " " + longWord).size(), std::size_t{131});
  }

  void mergesOutsideTheVocabularyAreCountedAndLeftOut() {
    const text::BpeModel model(vocabularyOf({"a", "b", "ab"}, {{"a", "z"}, {"b", "a"}, {"a", "b"}, {"", "a"}}));
    QCOMPARE(model.skippedMerges(), 3);
    QCOMPARE(encoded(model, "ab"), (Ids{2}));
    QCOMPARE(encoded(model, "ba"), (Ids{1, 0}));
  }

  void aWholeTokenIsTakenOnlyWhenMergesAreIgnored() {
    text::BpeVocabulary vocabulary = vocabularyOf({"a", "b", "c", "abc", "bc"}, {{"b", "c"}});
    QCOMPARE(encoded(text::BpeModel(vocabulary), "abc"), (Ids{0, 4}));
    vocabulary.ignoreMerges = true;
    const text::BpeModel whole(vocabulary);
    QCOMPARE(encoded(whole, "abc"), (Ids{3}));
    QCOMPARE(encoded(whole, "abca"), (Ids{0, 4, 0}));
  }

  void charactersWithoutAToken() {
    text::BpeVocabulary vocabulary = vocabularyOf({"a", "<unk>", "aa"}, {{"a", "a"}});
    QCOMPARE(encoded(text::BpeModel(vocabulary), "aza"), (Ids{2}));
    vocabulary.unknownId = 1;
    QCOMPARE(encoded(text::BpeModel(vocabulary), "azza"), (Ids{0, 1, 1, 0}));
    QCOMPARE(encoded(text::BpeModel(vocabulary), "\u4e16a"), (Ids{1, 0}));
    vocabulary.fuseUnknown = true;
    const text::BpeModel fused(vocabulary);
    QCOMPARE(encoded(fused, "azza"), (Ids{0, 1, 0}));
    QCOMPARE(encoded(fused, "zaz"), (Ids{1, 0, 1}));
  }

  void byteFallbackNeedsEveryByte() {
    text::BpeVocabulary vocabulary = vocabularyOf({"a", "<unk>", "<0xC3>", "<0xA9>", "<0xE4>"}, {});
    vocabulary.unknownId = 1;
    vocabulary.byteFallback = true;
    const text::BpeModel model(vocabulary);
    QCOMPARE(encoded(model, "a\u00e9"), (Ids{0, 2, 3}));
    QCOMPARE(encoded(model, "\u4e16"), (Ids{1}));
    QCOMPARE(encoded(model, "\u00e9\u4e16\u00e9"), (Ids{2, 3, 1, 2, 3}));
  }

  void scoresDecideWithoutMerges() {
    text::BpeVocabulary vocabulary;
    vocabulary.tokens = {"a", "b", "c", "ab", "bc", "abc"};
    vocabulary.scores = {0, 0, 0, -2, -1, -3};
    QCOMPARE(encoded(text::BpeModel(vocabulary), "abc"), (Ids{5}));
    vocabulary.tokens.pop_back();
    vocabulary.scores.pop_back();
    QCOMPARE(encoded(text::BpeModel(vocabulary), "abc"), (Ids{0, 4}));
    vocabulary.scores = {0, 0, 0, -1, -1};
    QCOMPARE(encoded(text::BpeModel(vocabulary), "abc"), (Ids{3, 2}));
  }

  void anUnknownTokenSwallowsNoNeighbour() {
    text::BpeVocabulary vocabulary;
    vocabulary.tokens = {"", "a", "aa"};
    vocabulary.scores = {0, -2, -1};
    vocabulary.unknownId = 0;
    QCOMPARE(encoded(text::BpeModel(vocabulary), "zaa"), (Ids{0, 2}));
    QCOMPARE(encoded(text::BpeModel(vocabulary), "aza"), (Ids{1, 0, 1}));
  }

  void nothingGivesNothing() {
    QCOMPARE(encoded(text::BpeModel({}), ""), Ids{});
    QCOMPARE(encoded(text::BpeModel({}), "abc"), Ids{});
    QVERIFY(!text::BpeModel({}).find("").has_value());
  }

  void aVeryLongWordMergesRight() {
    // All merges of powers of two of one letter: the result is the binary writing of the length, largest first.
    std::vector<std::string> tokens{"a"};
    std::vector<Pair> merges;
    for (int i = 0; i < 16; ++i) {
      merges.emplace_back(tokens.back(), tokens.back());
      tokens.push_back(tokens.back() + tokens.back());
    }
    const text::BpeModel model(vocabularyOf(tokens, merges));
    for (const std::size_t length : {1'000U, 65'535U, 65'536U, 200'001U}) {
      std::size_t total = 0;
      const Ids ids = encoded(model, std::string(length, 'a'));
      for (const std::int32_t id : ids) total += tokens[static_cast<std::size_t>(id)].size();
      QCOMPARE(total, length);
      QVERIFY(std::is_sorted(ids.rbegin(), ids.rend()));
      QCOMPARE(ids.size(), length / 65'536 + static_cast<std::size_t>(__builtin_popcountll(length % 65'536)));
    }
  }

  void tablesFindWhatWasPutIn() {
    std::vector<std::string> texts{"", "b", "a", "b"};
    for (int i = 0; i < 3'000; ++i) texts.push_back("token " + std::to_string(i));
    const text::TokenTable table(texts);
    QCOMPARE(table.find("b", texts).value_or(-1), 1);
    QVERIFY(!table.find("", texts).has_value());
    QVERIFY(!table.find("token", texts).has_value());
    for (int i = 0; i < 3'000; ++i) QCOMPARE(table.find("token " + std::to_string(i), texts).value_or(-1), i + 4);

    text::MergeTable merges(2'000);
    for (std::int32_t i = 0; i < 2'000; ++i) merges.add(i, 2 * i + 1, {i, 7 * i});
    merges.add(5, 11, {99, 100});
    for (std::int32_t i = 0; i < 2'000; ++i) {
      const auto found = merges.find(i, 2 * i + 1);
      QVERIFY(found.has_value());
      QCOMPARE(found->rank, i == 5 ? 99 : i);
      QCOMPARE(found->merged, i == 5 ? 100 : 7 * i);
      QVERIFY(!merges.find(2 * i + 1, i).has_value());
    }
    QVERIFY(!text::MergeTable(0).find(1, 2).has_value());
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstBpeModel)
#include "tst_bpe_model.moc"
