#include <QtTest>

#include <algorithm>
#include <random>

#include "core/text/byte_alphabet.h"
#include "core/text/utf8.h"
#include "small_tokenizers.h"

namespace patchbay {

/// UTF-8, the byte alphabet, and texts that are not UTF-8 on their way through a tokenizer.
class TstUtf8 : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void everyCodePointComesBack() {
    for (char32_t point = 0; point < 0x110000; ++point) {
      std::string written;
      text::appendUtf8(written, point);
      const bool isSurrogate = point >= 0xD800 && point < 0xE000;
      const text::Utf8Step step = text::utf8Step(written, 0);
      if (step.isValid == isSurrogate) QFAIL(qPrintable(QStringLiteral("U+%1").arg(static_cast<uint>(point), 4, 16)));
      if (isSurrogate) continue;
      if (step.codePoint != point || step.length != written.size()) {
        QFAIL(qPrintable(QStringLiteral("U+%1").arg(static_cast<uint>(point), 4, 16)));
      }
    }
  }

  void invalidStretches_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("replacements");
    const auto row = [](const char* name, const char* bytes, int count) {
      QTest::newRow(name) << QByteArray(bytes) << count;
    };
    row("lone follower", "\x80", 1);
    row("two followers", "\x80\xBF", 2);
    row("overlong two", "\xC0\x80", 2);
    row("overlong C1", "\xC1\xBF", 2);
    row("overlong three", "\xE0\x9F\x80", 3);
    row("overlong four", "\xF0\x8F\x80\x80", 4);
    row("lone surrogate", "\xED\xA0\x80", 3);
    row("surrogate pair", "\xED\xA0\xBD\xED\xB8\x80", 6);
    row("above the last", "\xF4\x90\x80\x80", 4);
    row("no such lead", "\xF5\x80\x80\x80", 4);
    row("FE FF", "\xFE\xFF", 2);
    row("cut two", "\xC3", 1);
    row("cut three", "\xE2\x82", 1);
    row("cut four", "\xF0\x9F\x98", 1);
    row("cut then another", "\xE2\x82\xE2\x82", 2);
    row("cut by a letter", "\xF0\x9F\x98z\xC3", 2);
  }

  void invalidStretches() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, replacements);
    const std::string broken = bytes.toStdString();
    QVERIFY(!text::isUtf8(broken));
    const std::string clean = text::toUtf8(broken);
    QVERIFY(text::isUtf8(clean));
    // Qt follows the same rule of the Unicode Standard.
    QCOMPARE(QString::fromStdString(clean).count(QChar(0xFFFD)), replacements);
  }

  void cleanTextStaysAsItIs() {
    for (const char* text : {"", "a", "\u00e9\u4e16\U0001F600", "\uFFFD", "\x01\x7F"}) {
      QVERIFY(text::isUtf8(text));
      QCOMPARE(text::toUtf8(text), std::string(text));
      QCOMPARE(text::completeLength(text), std::string(text).size());
    }
  }

  void randomBytesKeepTheLaws() {
    std::mt19937 random(4);
    for (int round = 0; round < 20'000; ++round) {
      std::string bytes;
      for (std::uint32_t length = random() % 9; length > 0; --length) {
        // Mostly bytes of multi-byte characters, or nearly nothing would be near to valid.
        bytes += static_cast<char>(random() % 4 == 0 ? random() % 128 : 0x80 + random() % 128);
      }
      const std::string clean = text::toUtf8(bytes);
      QVERIFY(text::isUtf8(clean));
      QCOMPARE(text::isUtf8(bytes), clean == bytes);
      QCOMPARE(text::toUtf8(clean), clean);
      const std::size_t complete = text::completeLength(bytes);
      QVERIFY(complete <= bytes.size() && bytes.size() - complete <= 3);
      // What is held back is at most one replacement, and giving the text in two parts changes nothing.
      QCOMPARE(text::toUtf8(bytes.substr(0, complete)) + text::toUtf8(bytes.substr(complete)), clean);
    }
  }

  void whiteSpaceIsUnicodes() {
    int count = 0;
    for (char32_t point = 0; point < 0x110000; ++point) count += text::isWhiteSpace(point) ? 1 : 0;
    QCOMPARE(count, 25);
    for (const char32_t point : {0x200BU, 0x180EU, 0xFEFFU, 0x2060U, 0x1CU}) QVERIFY(!text::isWhiteSpace(point));
  }

  void everyByteHasOneLetter() {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    std::string letters;
    text::appendByteLetters(letters, all);
    QVERIFY(text::isUtf8(letters));
    QCOMPARE(QString::fromStdString(letters).size(), 256);
    QCOMPARE(text::bytesOfLetters(letters).value_or(""), all);
    // The anchors everyone knows: space, line end and the ones that stand for themselves.
    std::string known;
    text::appendByteLetters(known, " \n~!");
    QCOMPARE(known, std::string("\u0120\u010a~!"));
    for (const char* other : {" ", "\u0144", "\u4e16", "\n", "\xFF"}) QVERIFY(!text::bytesOfLetters(other).has_value());
    QCOMPARE(text::bytesOfLetters("").value_or("x"), std::string());
  }

  void fallbackTokensAreWrittenExactly() {
    QCOMPARE(text::byteOfFallbackToken("<0x0A>").value_or('x'), '\n');
    QCOMPARE(text::byteOfFallbackToken("<0xff>").value_or('x'), '\xFF');
    for (const char* other : {"", "<0x0A", "0x0A>", "<0xG0>", "<0x 1>", "<0x-1>", "<0X0A>", "<0x0A> ", "<0x0>"}) {
      QVERIFY(!text::byteOfFallbackToken(other).has_value());
    }
  }

  void brokenTextIsReadAsItsReplacement() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({{"a", "b"}}));
    QVERIFY(tokenizer);
    for (const char* broken : {"ab\xFF"
                               "ab",
                               "\xED\xA0\x80", "ab\xE2\x82", "\xC0\xAF"}) {
      QCOMPARE(tokenizer->encode(broken), tokenizer->encode(text::toUtf8(broken)));
      QCOMPARE(tokenizer->decode(tokenizer->encode(broken)), text::toUtf8(broken));
    }
    QVERIFY(tokenizer->encode("").empty());
    QCOMPARE(tokenizer->decode({}), std::string());
  }

  void everyValidTextComesBack() {
    const auto tokenizer = test::openedTokenizer(
        test::byteVocabulary({{"t", "h"}, {"th", "e"}, {" ", "the"}, {"\xC3", "\xA9"}, {"\xF0\x9F", "\x98"}}));
    QVERIFY(tokenizer);
    std::mt19937 random(6);
    const std::vector<std::string> parts{"the", " ",  "\n", "\u00e9", "\u4e16", "\U0001F600",
                                         "12",  "'s", "?",  "\t",     "e\u0301"};
    for (int round = 0; round < 500; ++round) {
      std::string text;
      for (std::uint32_t length = random() % 20; length > 0; --length) text += parts[random() % parts.size()];
      QCOMPARE(tokenizer->decode(tokenizer->encode(text)), text);
    }
  }

  void factsShowBytesOnlyWhereTheTextIsNotExact() {
    const auto tokenizer = test::openedTokenizer(test::byteVocabulary({{"\xC3", "\xA9"}, {"a", "\xE2"}}, {"<s>"}));
    QVERIFY(tokenizer);
    QCOMPARE(tokenizer->fact('a'), (TokenFact{'a', "a", "", false}));
    QCOMPARE(tokenizer->fact(0xC3), (TokenFact{0xC3, "\uFFFD", "c3", false}));
    QCOMPARE(tokenizer->fact(256), (TokenFact{256, "\u00e9", "", false}));
    QCOMPARE(tokenizer->fact(257), (TokenFact{257, "a\uFFFD", "61 e2", false}));
    QCOMPARE(tokenizer->fact(258), (TokenFact{258, "<s>", "", true}));
    QCOMPARE(tokenizer->idOf("\u00e9").value_or(-1), 256);
    QCOMPARE(tokenizer->idOf("<s>").value_or(-1), 258);
    QVERIFY(!tokenizer->idOf("zz").has_value());
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstUtf8)
#include "tst_utf8.moc"
