#include "golden_file.h"

#include "core/text/incremental_detokenizer.h"
#include "core/text/utf8.h"

namespace patchbay {

/// Text that arrives token by token equals the text of all tokens, at every split.
class TstDetokenizer : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void goldenTexts_data() {
    QTest::addColumn<QString>("file");
    for (const char* name : {"llama3_style", "sentencepiece_prepend", "sentencepiece_metaspace"}) {
      QTest::newRow(name) << QString::fromLatin1(name) + QStringLiteral(".json");
    }
  }

  void goldenTexts() {
    QFETCH(QString, file);
    const auto tokenizer = test::smallTokenizer(file.toStdString());
    QVERIFY(tokenizer);
    const Json golden = test::goldenFile(file.toStdString());
    for (const Json& entry : golden.at("cases")) {
      const auto ids = entry.at(1).get<std::vector<std::int32_t>>();
      checkEverySplit(tokenizer, ids);
    }
  }

  void brokenBytesEqualTheWhole() {
    const auto tokenizer = test::smallTokenizer("llama3_style.json");
    QVERIFY(tokenizer);
    std::vector<std::int32_t> pieces;
    for (const unsigned char byte :
         {0xF0, 0x9F, 0x98, 0x41, 0xC3, 0xE2, 0x82, 0xAC, 0xFF, 0xED, 0xA0, 0x80, 0xF0, 0x9F}) {
      pieces.push_back(tokenizer->idOf(std::string(1, static_cast<char>(byte))).value_or(-1));
    }
    for (std::size_t begin = 0; begin < pieces.size(); ++begin) {
      checkEverySplit(tokenizer, {pieces.begin() + static_cast<std::ptrdiff_t>(begin), pieces.end()});
    }
  }

  void charactersArriveWhole() {
    const auto tokenizer = test::smallTokenizer("llama3_style.json");
    QVERIFY(tokenizer);
    IncrementalDetokenizer text(tokenizer);
    QCOMPARE(text.append(tokenizer->idOf("\xF0").value_or(-1)), std::string());
    QCOMPARE(text.append(tokenizer->idOf("\x9F").value_or(-1)), std::string());
    QCOMPARE(text.append(tokenizer->idOf("\x98").value_or(-1)), std::string());
    QCOMPARE(text.append(tokenizer->idOf("\x80").value_or(-1)), std::string("\U0001F600"));
    QCOMPARE(text.finish(), std::string());
  }

  void leadingSpaceByPlace() {
    const auto tokenizer = test::smallTokenizer("sentencepiece_prepend.json");
    QVERIFY(tokenizer);
    const auto ids = tokenizer->encode("the river", {.parseSpecial = true, .addSpecial = false});
    IncrementalDetokenizer start(tokenizer);
    IncrementalDetokenizer middle(tokenizer, IncrementalDetokenizer::Place::Middle);
    std::string first, later;
    for (const std::int32_t id : ids) {
      first += start.append(id);
      later += middle.append(id);
    }
    QCOMPARE(first, std::string("the river"));
    QCOMPARE(later, std::string(" the river"));
  }

  void utf8Laws() {
    QCOMPARE(text::toUtf8("a\xF0\x9F\x98z"), std::string("a\uFFFDz"));
    QCOMPARE(text::toUtf8("\xED\xA0\x80"), std::string("\uFFFD\uFFFD\uFFFD"));
    QCOMPARE(text::toUtf8("\xC0\xAF"), std::string("\uFFFD\uFFFD"));
    QCOMPARE(text::completeLength("ab\xE2\x82"), std::size_t{2});
    QCOMPARE(text::completeLength("ab\xE2\x82\xAC"), std::size_t{5});
    QCOMPARE(text::completeLength("ab\xFF"), std::size_t{3});
    QCOMPARE(text::completeLength(""), std::size_t{0});
    QVERIFY(text::isUtf8("\U0010FFFF"));
    QVERIFY(!text::isUtf8("\xF4\x90\x80\x80"));
  }

private:
  static void checkEverySplit(const std::shared_ptr<const Tokenizer>& tokenizer, const std::vector<std::int32_t>& ids) {
    IncrementalDetokenizer stream(tokenizer);
    std::string soFar;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string more = stream.append(ids[i]);
      QVERIFY(text::isUtf8(more));
      soFar += more;
      // What was given so far is how the whole text begins.
      if (i % 16 == 0) QVERIFY(tokenizer->decode(ids).starts_with(soFar));
    }
    QCOMPARE(soFar + stream.finish(), tokenizer->decode(ids));
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstDetokenizer)
#include "tst_detokenizer.moc"
