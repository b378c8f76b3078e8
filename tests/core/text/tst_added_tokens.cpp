#include <QtTest>

#include <random>

#include "core/text/added_tokens.h"
#include "small_tokenizers.h"

namespace patchbay {

namespace {

using text::AddedToken;
using text::AddedTokenFinder;

/// "[plain]" and token ids in order.
QString shown(const AddedTokenFinder& finder, const std::string& text, bool parseSpecial = true) {
  QString list;
  for (const text::Section& section : finder.split(text, parseSpecial)) {
    list +=
        section.id < 0 ? u'[' + QString::fromStdString(std::string(section.text)) + u']' : QString::number(section.id);
  }
  return list;
}

AddedTokenFinder finderOf(std::initializer_list<AddedToken> tokens) {
  AddedTokenFinder finder;
  for (const AddedToken& token : tokens) finder.add(token);
  return finder;
}

Json jsonWith(const Json& added, const Json& normalizer = nullptr) {
  Json vocabulary = Json::object();
  for (int i = 0; i < 26; ++i) vocabulary[std::string(1, static_cast<char>('a' + i))] = i;
  vocabulary["\u0120"] = 26;
  return {{"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", Json::array()}}},
          {"added_tokens", added},
          {"normalizer", normalizer},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"decoder", {{"type", "ByteLevel"}}}};
}

std::shared_ptr<const Tokenizer> openedJson(Json json) {
  VocabularyFile file;
  file.file = "tokenizer.json";
  file.tokenizerJson = std::move(json);
  return test::openedTokenizer(file);
}

}  // namespace

/// Added tokens: the longest at each place, their flags, and how a tokenizer reads them.
class TstAddedTokens : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theLongestAtEachPlaceWins() {
    const AddedTokenFinder finder =
        finderOf({{.content = "ab", .id = 1}, {.content = "abcd", .id = 2}, {.content = "bc", .id = 3}});
    QCOMPARE(shown(finder, "abcd"), QStringLiteral("2"));
    QCOMPARE(shown(finder, "abc"), QStringLiteral("1[c]"));
    QCOMPARE(shown(finder, "xbcd"), QStringLiteral("[x]3[d]"));
    QCOMPARE(shown(finder, "abab"), QStringLiteral("11"));
    QCOMPARE(shown(finder, "aab"), QStringLiteral("[a]1"));
    QCOMPARE(shown(finder, ""), QString());
    QCOMPARE(shown(AddedTokenFinder(), "abc"), QStringLiteral("[abc]"));
  }

  void sectionsJoinToTheText() {
    const AddedTokenFinder finder = finderOf({{.content = "ab", .id = 1, .isSpecial = true},
                                              {.content = "b", .id = 2, .takesSpaceLeft = true},
                                              {.content = "ca", .id = 3, .takesSpaceRight = true},
                                              {.content = "c", .id = 4, .singleWord = true}});
    std::mt19937 random(8);
    for (int round = 0; round < 2'000; ++round) {
      std::string text;
      for (std::uint32_t length = random() % 16; length > 0; --length) text += "abc \n"[random() % 5];
      for (const bool parseSpecial : {true, false}) {
        std::string joined;
        bool wasPlain = false;
        for (const text::Section& section : finder.split(text, parseSpecial)) {
          QVERIFY(!section.text.empty());
          // Plain text is never given in two parts, and no special token when these stay in the text.
          QVERIFY(!(wasPlain && section.id < 0));
          QVERIFY(parseSpecial || section.id != 1);
          wasPlain = section.id < 0;
          joined += section.text;
        }
        QCOMPARE(joined, text);
      }
    }
  }

  void spacesBelongToTheTokenThatTakesThem() {
    const AddedTokenFinder left = finderOf({{.content = "<m>", .id = 1, .takesSpaceLeft = true}});
    QCOMPARE(shown(left, "a \t\n<m> b"), QStringLiteral("[a]1[ b]"));
    QCOMPARE(shown(left, " <m> <m>"), QStringLiteral("11"));
    QCOMPARE(shown(left, "a\u3000\u00a0<m>"), QStringLiteral("[a]1"));
    const AddedTokenFinder right = finderOf({{.content = "<m>", .id = 1, .takesSpaceRight = true}});
    QCOMPARE(shown(right, "a <m> \r\n b"), QStringLiteral("[a ]1[b]"));
    QCOMPARE(shown(right, "<m> "), QStringLiteral("1"));
    QCOMPARE(shown(right, "<m>\u2003x"), QStringLiteral("1[x]"));
  }

  void aSingleWordTouchesNoWord() {
    const AddedTokenFinder finder = finderOf({{.content = "it", .id = 1, .singleWord = true}});
    QCOMPARE(shown(finder, "it"), QStringLiteral("1"));
    QCOMPARE(shown(finder, "it's (it) it!"), QStringLiteral("1['s (]1[) ]1[!]"));
    for (const char* text :
         {"sit", "its", "it_", "_it", "9it", "it9", "\u00e9it", "it\u4e16", "it\u0301", "x\u0301it"}) {
      QCOMPARE(shown(finder, text), u'[' + QString::fromUtf8(text) + u']');
    }
    QCOMPARE(shown(finder, "it\U0001F600"), QStringLiteral("1[\U0001F600]"));
  }

  void specialTokensCanStayText() {
    const AddedTokenFinder finder =
        finderOf({{.content = "<s>", .id = 1, .isSpecial = true}, {.content = "<t>", .id = 2}});
    QCOMPARE(shown(finder, "<s><t><s>", true), QStringLiteral("121"));
    QCOMPARE(shown(finder, "<s><t><s>", false), QStringLiteral("[<s>]2[<s>]"));
  }

  void anEmptyTokenIsNeverFound() {
    const AddedTokenFinder finder = finderOf({{.content = "", .id = 1}});
    QVERIFY(finder.isEmpty());
    QCOMPARE(shown(finder, "ab"), QStringLiteral("[ab]"));
  }

  void aPrefixOfManyTokensCostsNoMoreThanItsLength() {
    // Thousands of tokens that begin alike, and a text full of such beginnings that never end one.
    AddedTokenFinder finder;
    for (int i = 0; i < 2'000; ++i) finder.add({.content = "<|token_" + std::to_string(i) + "|>", .id = i});
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "<|token_x";
    QCOMPARE(finder.split(text, true).size(), std::size_t{1});
    QCOMPARE(shown(finder, "<|token_1|><|token_1999|>"), QStringLiteral("11999"));
  }

  void normalizedTokensAreFoundInTheChangedText() {
    const Json added = Json::array({{{"id", 30}, {"content", "RAW"}, {"normalized", false}},
                                    {{"id", 31}, {"content", "Soft"}, {"normalized", true}}});
    const auto tokenizer = openedJson(jsonWith(added, {{"type", "Lowercase"}}));
    QVERIFY(tokenizer);
    using Ids = std::vector<std::int32_t>;
    QCOMPARE(tokenizer->encode("RAW"), (Ids{30}));
    QCOMPARE(tokenizer->encode("raw"), (Ids{'r' - 'a', 0, 'w' - 'a'}));
    QCOMPARE(tokenizer->encode("SOFT"), (Ids{31}));
    QCOMPARE(tokenizer->encode("aSoFtB"), (Ids{0, 31, 1}));
  }

  void aTokenizerReadsSpecialTokensOnRequest() {
    const Json added = Json::array(
        {{{"id", 40}, {"content", "<e>"}, {"special", true}}, {{"id", 41}, {"content", "ab"}, {"special", false}}});
    Json json = jsonWith(added);
    json["model"]["vocab"]["<"] = 27;
    json["model"]["vocab"][">"] = 28;
    const auto tokenizer = openedJson(json);
    QVERIFY(tokenizer);
    using Ids = std::vector<std::int32_t>;
    QCOMPARE(tokenizer->encode("c<e>ab"), (Ids{2, 40, 41}));
    QCOMPARE(tokenizer->encode("c<e>ab", {.parseSpecial = false, .addSpecial = true}), (Ids{2, 27, 4, 28, 41}));
    QVERIFY(tokenizer->isSpecial(40) && !tokenizer->isSpecial(41));
    QCOMPARE(tokenizer->specialText(40), std::string_view("<e>"));
    QCOMPARE(tokenizer->specialText(41), std::string_view());
    QCOMPARE(tokenizer->decode(Ids{2, 40, 41}), std::string("c<e>ab"));
    QCOMPARE(tokenizer->decode(Ids{2, 40, 41}, true), std::string("cab"));
    QCOMPARE(tokenizer->size(), 42);
    for (const std::int32_t id : {-1, 29, 42, 1'000'000}) {
      QCOMPARE(tokenizer->bytesOf(id), std::string());
      QVERIFY(!tokenizer->isSpecial(id));
    }
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstAddedTokens)
#include "tst_added_tokens.moc"
