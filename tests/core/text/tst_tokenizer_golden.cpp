#include "golden_file.h"

#include <chrono>

namespace patchbay {

/// The default model's tokenizer against transformers, token by token.
class TstTokenizerGolden : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() {
    const auto vocabulary = test::defaultVocabulary();
    if (!vocabulary) QFAIL(vocabulary.error().message().c_str());
    m_vocabulary = *vocabulary;
    const auto opened = Tokenizer::open(m_vocabulary);
    if (!opened) QFAIL(opened.error().message().c_str());
    m_tokenizer = *opened;
    m_golden = test::goldenFile("default_ids.json");
    QVERIFY(m_golden.is_object());
  }

  void idsEqualTheReference() {
    int equal = 0;
    for (const Json& entry : m_golden.at("cases")) {
      const auto text = entry.at(0).get<std::string>();
      const auto expected = entry.at(1).get<std::vector<std::int32_t>>();
      const auto ids = m_tokenizer->encode(text);
      if (ids == expected)
        ++equal;
      else
        qWarning("differs: %s", dumpJson(Json(text)).c_str());
    }
    QCOMPARE(equal, 1000);
  }

  void plainReadingEqualsTheReference() {
    QVERIFY(m_golden.at("plain").size() >= 20);
    for (const Json& entry : m_golden.at("plain")) {
      const auto text = entry.at(0).get<std::string>();
      const auto ids = m_tokenizer->encode(text, {.parseSpecial = false, .addSpecial = true});
      QVERIFY2(ids == entry.at(1).get<std::vector<std::int32_t>>(), dumpJson(Json(text)).c_str());
    }
  }

  void decodingGivesTheTextBack() {
    for (const Json& entry : m_golden.at("cases")) {
      const auto text = entry.at(0).get<std::string>();
      const std::string known = withoutUnknownBytes(text);
      QCOMPARE(test::shown(m_tokenizer->decode(m_tokenizer->encode(text))), test::shown(known));
      const auto plain = m_tokenizer->encode(text, {.parseSpecial = false, .addSpecial = false});
      QCOMPARE(test::shown(m_tokenizer->decode(plain)), test::shown(known));
    }
  }

  void factsOfTheVocabulary() {
    QCOMPARE(m_tokenizer->size(), 49152);
    QCOMPARE(m_tokenizer->bos().value_or(-1), 1);
    QCOMPARE(m_tokenizer->eos().value_or(-1), 2);
    QVERIFY(m_tokenizer->isSpecial(2));
    QCOMPARE(m_tokenizer->specialText(1), std::string_view("<|im_start|>"));
    QCOMPARE(m_tokenizer->specialText(500), std::string_view());
    QCOMPARE(m_tokenizer->idOf("<|im_end|>").value_or(-1), 2);
    const std::int32_t paris = m_tokenizer->idOf(" Paris").value_or(-1);
    QCOMPARE(m_tokenizer->encode(" Paris"), std::vector<std::int32_t>{paris});
    QCOMPARE(m_tokenizer->fact(paris).text, std::string(" Paris"));
    QVERIFY(m_tokenizer->fact(paris).bytesHex.empty());
    QVERIFY(!m_tokenizer->idOf("no token has this text at all"));
    QVERIFY(m_tokenizer->bytesOf(-1).empty());
    QVERIFY(m_tokenizer->bytesOf(49152).empty());
    const std::int32_t half = m_tokenizer->idOf("\xe2\x80").value_or(-1);
    if (half >= 0) QCOMPARE(m_tokenizer->fact(half).bytesHex, std::string("e2 80"));
  }

  void anyBytesAreRead() {
    QCOMPARE(m_tokenizer->encode("a\xff\xc3"), m_tokenizer->encode("a\uFFFD\uFFFD"));
    QCOMPARE(m_tokenizer->encode(""), std::vector<std::int32_t>{});
  }

  void longTextsAreFast() {
    std::string prose;
    while (prose.size() < 100'000)
      prose += "The river was high that spring, and nobody crossed it before noon in 1987.\n";
    const std::string word(100'000, 'a');
    const std::string spaces(100'000, ' ');
    for (const std::string& text : {prose, word, spaces}) {
      const auto start = std::chrono::steady_clock::now();
      const auto ids = m_tokenizer->encode(text);
      const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
      qInfo("%zu bytes, %zu tokens: %.1f ms", text.size(), ids.size(), taken.count());
      QVERIFY(m_tokenizer->decode(ids) == text);
      // Far above the few milliseconds it takes, far below what a quadratic search would.
      QVERIFY(taken.count() < 2000);
    }
    const auto start = std::chrono::steady_clock::now();
    QVERIFY(Tokenizer::open(m_vocabulary).hasValue());
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    qInfo("open: %.1f ms", taken.count());
  }

private:
  /// The default vocabulary lacks a few control characters; the reference drops them from a text, too.
  std::string withoutUnknownBytes(const std::string& text) const {
    std::string known;
    for (const char byte : text) {
      const bool isAscii = static_cast<unsigned char>(byte) < 0x80;
      if (!isAscii || m_tokenizer->idOf(std::string(1, byte))) known += byte;
    }
    return known;
  }

  VocabularyFile m_vocabulary;
  std::shared_ptr<const Tokenizer> m_tokenizer;
  Json m_golden;
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstTokenizerGolden)
#include "tst_tokenizer_golden.moc"
