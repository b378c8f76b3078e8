#include <QtTest>

#include <random>

#include "core/text/incremental_detokenizer.h"
#include "core/text/token_decoder.h"
#include "core/text/utf8.h"
#include "small_tokenizers.h"

namespace patchbay {

namespace {

using Ids = std::vector<std::int32_t>;

/// A tokenizer with one token for every stretch of `text`'s bytes.
std::shared_ptr<const Tokenizer> stretchesOf(std::string_view text) {
  return test::openedTokenizer(test::greedyVocabulary(text, "gpt-2"));
}

VocabularyFile sentencePieces(std::vector<std::string> words, std::optional<bool> addSpacePrefix = {}) {
  VocabularyFile file;
  file.file = "pieces.gguf";
  file.isGguf = true;
  file.ggufModel = "llama";
  file.addSpacePrefix = addSpacePrefix;
  file.tokens = {"<unk>", "</s>"};
  file.tokenTypes = {2, 3};
  for (int byte = 0; byte < 256; ++byte) {
    file.tokens.push_back(
        QStringLiteral("<0x%1>").arg(byte, 2, 16, QChar(u'0')).toUpper().replace(u'X', u'x').toStdString());
    file.tokenTypes.push_back(6);
  }
  for (std::string& word : words) {
    file.tokens.push_back(std::move(word));
    file.tokenTypes.push_back(1);
  }
  file.scores.assign(file.tokens.size(), 0);
  file.unknownId = 0;
  file.eosId = 1;
  return file;
}

/// Pieces as they arrive, the last one from `finish`.
QStringList arriving(IncrementalDetokenizer& stream, const Ids& ids) {
  QStringList pieces;
  for (const std::int32_t id : ids) pieces << QString::fromStdString(stream.append(id));
  pieces << QString::fromStdString(stream.finish());
  return pieces;
}

}  // namespace

/// Text that arrives token by token: whole characters only, and nothing lost.
class TstIncrementalDetokenizer : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void everyCutOfBytesIntoTokensGivesTheSameText() {
    for (const char* sample : {"a\u00e9\u4e16z", "\U0001F600\u00e9", "e\u0301\u20ac", "\xF0\x9F\x98z\x80",
                               "\xE4\xB8\xC3\xA9\xFF", "\xED\xA0\x80x"}) {
      const std::string bytes = sample;
      const auto tokenizer = stretchesOf(bytes);
      QVERIFY(tokenizer);
      // Bit i of `cuts` says whether a token ends behind byte i.
      for (std::uint32_t cuts = 0; cuts < (1U << (bytes.size() - 1)); ++cuts) {
        Ids ids;
        std::size_t begin = 0;
        for (std::size_t end = 1; end <= bytes.size(); ++end) {
          if (end < bytes.size() && ((cuts >> (end - 1)) & 1U) == 0) continue;
          ids.push_back(tokenizer->idOf(bytes.substr(begin, end - begin)).value_or(-1));
          begin = end;
        }
        IncrementalDetokenizer stream(tokenizer);
        QString joined;
        for (const QString& piece : arriving(stream, ids)) joined += piece;
        QCOMPARE(joined, QString::fromStdString(text::toUtf8(bytes)));
        QCOMPARE(tokenizer->decode(ids), text::toUtf8(bytes));
      }
    }
  }

  void aCharacterArrivesWithItsLastByte() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({}));
    IncrementalDetokenizer stream(tokenizer);
    QCOMPARE(arriving(stream, {'a', 0xE4, 0xB8, 0x96, 'b'}), (QStringList{"a", "", "", "\u4e16", "b", ""}));
    QCOMPARE(arriving(stream, {0xC3, 'a', 0xC3, 0xA9}), (QStringList{"", "\uFFFDa", "", "\u00e9", ""}));
    QCOMPARE(arriving(stream, {0x80, 0xFF}), (QStringList{"\uFFFD", "\uFFFD", ""}));
  }

  void whatStaysOpenIsOneReplacementAtTheEnd() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({}));
    for (const Ids& open : {Ids{0xC3}, Ids{0xE4, 0xB8}, Ids{0xF0, 0x9F, 0x98}}) {
      IncrementalDetokenizer stream(tokenizer);
      QStringList expected;
      for (std::size_t i = 0; i < open.size(); ++i) expected << QString();
      expected << QStringLiteral("\uFFFD");
      QCOMPARE(arriving(stream, open), expected);
      // Afterwards nothing of it is left.
      QCOMPARE(arriving(stream, {0xA9, 'x'}), (QStringList{"\uFFFD", "x", ""}));
    }
    IncrementalDetokenizer empty(tokenizer);
    QCOMPARE(empty.finish(), std::string());
  }

  void idsWithoutTextBringNothing() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({}, {"<s>"}));
    IncrementalDetokenizer stream(tokenizer);
    QCOMPARE(arriving(stream, {0xC3, -1, 5'000, 0xA9}), (QStringList{"", "", "", "\u00e9", ""}));
  }

  void specialTokensAreShownOrSkipped() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({}, {"<s>"}));
    const Ids ids{256, 'a', 256, 'b'};
    IncrementalDetokenizer whole(tokenizer);
    QCOMPARE(arriving(whole, ids), (QStringList{"<s>", "a", "<s>", "b", ""}));
    IncrementalDetokenizer skipping(tokenizer, IncrementalDetokenizer::Place::Start, true);
    QCOMPARE(arriving(skipping, ids), (QStringList{"", "a", "", "b", ""}));
    // A special token inside a character neither ends nor breaks it when it is skipped.
    QCOMPARE(arriving(skipping, {0xC3, 256, 0xA9}), (QStringList{"", "", "\u00e9", ""}));
    QCOMPARE(tokenizer->decode(Ids{0xC3, 256, 0xA9}, true), std::string("\u00e9"));
  }

  void theAddedSpaceIsDroppedOnceAText() {
    const auto tokenizer = test::openedTokenizer(sentencePieces({"\u2581", "\u2581hi", "yo"}));
    QVERIFY(tokenizer && tokenizer->dropsLeadingSpace());
    const std::int32_t space = 258, hi = 259, yo = 260;
    using Place = IncrementalDetokenizer::Place;
    IncrementalDetokenizer start(tokenizer);
    QCOMPARE(arriving(start, {hi, hi}), (QStringList{"hi", " hi", ""}));
    QCOMPARE(arriving(start, {hi}), (QStringList{"hi", ""}));
    QCOMPARE(arriving(start, {space, hi}), (QStringList{"", " hi", ""}));
    QCOMPARE(arriving(start, {yo, hi}), (QStringList{"yo", " hi", ""}));
    IncrementalDetokenizer middle(tokenizer, Place::Middle);
    QCOMPARE(arriving(middle, {hi, yo}), (QStringList{" hi", "yo", ""}));
    for (const Ids& ids : {Ids{hi}, Ids{space, space, hi}, Ids{yo, space}, Ids{space}, Ids{}}) {
      QCOMPARE(QString::fromStdString(tokenizer->decode(ids)), arriving(start, ids).join(QString()));
    }
  }

  void withoutAPrefixNoSpaceIsDropped() {
    const auto tokenizer = test::openedTokenizer(sentencePieces({"\u2581hi"}, false));
    QVERIFY(tokenizer && !tokenizer->dropsLeadingSpace());
    QCOMPARE(tokenizer->decode(Ids{258}), std::string(" hi"));
    IncrementalDetokenizer start(tokenizer);
    QCOMPARE(start.append(258), std::string(" hi"));
  }

  void byteTokensOfSentencePieceBecomeCharacters() {
    const auto tokenizer = test::openedTokenizer(sentencePieces({"a"}));
    const Ids ids{258, 2 + 0xC3, 2 + 0xA9, 2 + 0x0A, 2 + 0xFF};
    IncrementalDetokenizer stream(tokenizer);
    QCOMPARE(arriving(stream, ids), (QStringList{"a", "", "\u00e9", "\n", "\uFFFD", ""}));
    QCOMPARE(tokenizer->decode(ids), std::string("a\u00e9\n\uFFFD"));
  }

  void decodersOfTokenizerJson() {
    const auto bytesOf = [](const char* json, const char* token) {
      const auto made = text::TokenDecoder::fromJson(Json::parse(json));
      return made ? made->bytesOf(token) : made.error().code;
    };
    QCOMPARE(bytesOf("null", "\u2581a<0x0A>"), std::string("\u2581a<0x0A>"));
    QCOMPARE(bytesOf(R"({"type":"ByteLevel"})", "\u0120a\u010a"), std::string(" a\n"));
    QCOMPARE(bytesOf(R"({"type":"ByteLevel"})", "plain text"), std::string("plain text"));
    QCOMPARE(bytesOf(R"({"type":"ByteFallback"})", "<0x0A>"), std::string("\n"));
    QCOMPARE(bytesOf(R"({"type":"Metaspace"})", "\u2581a\u2581"), std::string(" a "));
    QCOMPARE(bytesOf(R"({"type":"Metaspace","replacement":"_"})", "_a"), std::string(" a"));
    QCOMPARE(bytesOf(R"({"type":"Replace","pattern":{"String":"aa"},"content":"a"})", "aaaa"), std::string("aa"));
    QCOMPARE(bytesOf(R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"_"},"content":" "},
                         {"type":"ByteFallback"},{"type":"Fuse"}]})",
                     "_x"),
             std::string(" x"));
    QCOMPARE(bytesOf(R"({"type":"CTC"})", "a"), std::string("TOK-02"));
    QCOMPARE(bytesOf(R"({"type":"Strip","content":" ","start":2,"stop":0})", "a"), std::string("TOK-02"));
    QCOMPARE(bytesOf(R"({})", "a"), std::string("TOK-03"));
    const auto dropsSpace = [](const char* json) {
      const auto made = text::TokenDecoder::fromJson(Json::parse(json));
      return made.hasValue() && made->dropsLeadingSpace();
    };
    QVERIFY(dropsSpace(R"({"type":"Metaspace"})"));
    QVERIFY(dropsSpace(R"({"type":"Strip","content":" ","start":1,"stop":0})"));
    QVERIFY(!dropsSpace(R"({"type":"Metaspace","prepend_scheme":"never"})"));
    QVERIFY(!dropsSpace(R"({"type":"Strip","content":" ","start":0,"stop":0})"));
    QVERIFY(!dropsSpace(R"({"type":"ByteLevel"})"));
    Json deep = {{"type", "Fuse"}};
    for (int i = 0; i < 20; ++i) deep = {{"type", "Sequence"}, {"decoders", Json::array({deep})}};
    QCOMPARE(text::TokenDecoder::fromJson(deep).error().code, std::string("TOK-03"));
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstIncrementalDetokenizer)
#include "tst_incremental_detokenizer.moc"
