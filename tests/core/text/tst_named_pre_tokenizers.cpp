#include <QtTest>

#include "small_tokenizers.h"

namespace patchbay {

/// The cuts that GGUF files name ("smollm", "gpt-2", "llama-bpe", "qwen2") against pieces worked out by hand from
/// their regular expressions.
class TstNamedPreTokenizers : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void cuts_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("pieces");
    const auto row = [](const char* names, const char* text, const QStringList& pieces) {
      for (const QString& name : QString::fromUtf8(names).split(u' ')) {
        QTest::newRow(qPrintable(name + QStringLiteral(": ") + QString::fromUtf8(text)))
            << name << QString::fromUtf8(text) << pieces;
      }
    };
    const char* const all = "gpt-2 smollm llama-bpe qwen2";
    row(all, "The cat sat", {"The", " cat", " sat"});
    row(all, "it's we'll", {"it", "'s", " we", "'ll"});
    row(all, "I'm you're they've he'd don't", {"I", "'m", " you", "'re", " they", "'ve", " he", "'d", " don", "'t"});
    row(all, "a, b!", {"a", ",", " b", "!"});
    row(all, "a ?!...", {"a", " ?!..."});
    row(all, "a  b", {"a", " ", " b"});
    row(all, "a   b", {"a", "  ", " b"});
    row(all, "a ", {"a", " "});
    row(all, "a  ", {"a", "  "});
    row(all, "\u00e9t\u00e9 na\u00efve", {"\u00e9t\u00e9", " na\u00efve"});
    row(all, "\u4f60\u597d \u041c\u0438\u0440", {"\u4f60\u597d", " \u041c\u0438\u0440"});
    row(all, "\U0001F600\U0001F600", {"\U0001F600\U0001F600"});

    // Only the newer patterns read contractions in capitals.
    row("gpt-2 smollm", "IT'S", {"IT", "'", "S"});
    row("llama-bpe qwen2", "IT'S", {"IT", "'S"});
    // Digits: runs, one by one, at most three.
    row("gpt-2", "12345", {"12345"});
    row("smollm qwen2", "12345", {"1", "2", "3", "4", "5"});
    row("llama-bpe", "1234567", {"123", "456", "7"});
    row("gpt-2", "a 12", {"a", " 12"});
    row("smollm", "a 12", {"a", " ", "1", "2"});
    row("llama-bpe", "a 12", {"a", " ", "12"});
    row("qwen2", "a 12", {"a", " ", "1", "2"});
    row("gpt-2", "x1y2", {"x", "1", "y", "2"});
    row("llama-bpe", "3.14", {"3", ".", "14"});
    row("gpt-2", "\u0663\u00bd", {"\u0663\u00bd"});
    row("smollm qwen2", "\u0663\u00bd", {"\u0663", "\u00bd"});
    // Line ends: the older patterns keep them with other white space, the newer with what is before.
    row("gpt-2 smollm", "a\nb", {"a", "\n", "b"});
    row("llama-bpe qwen2", "a\nb", {"a", "\n", "b"});
    row("gpt-2 smollm", "a.\nb", {"a", ".", "\n", "b"});
    row("llama-bpe qwen2", "a.\nb", {"a", ".\n", "b"});
    row("gpt-2 smollm", "a\n\nb", {"a", "\n", "\n", "b"});
    row("llama-bpe qwen2", "a\n\nb", {"a", "\n\n", "b"});
    row("gpt-2 smollm", "a \n b", {"a", " \n", " b"});
    row("llama-bpe qwen2", "a \n b", {"a", " \n", " b"});
    row("gpt-2 smollm", "a\n  b", {"a", "\n ", " b"});
    row("llama-bpe qwen2", "a\n  b", {"a", "\n", " ", " b"});
    row("llama-bpe qwen2", "a!\r\n\r\nb", {"a", "!\r\n\r\n", "b"});
    // One sign before letters stays with them in the newer patterns.
    row("gpt-2 smollm", "(a) $b", {"(", "a", ")", " $", "b"});
    row("llama-bpe qwen2", "(a) $b", {"(a", ")", " $", "b"});
    row("gpt-2 smollm", "\ta", {"\t", "a"});
    row("llama-bpe qwen2", "\ta", {"\ta"});
    // A mark without a composed form is no letter of \p{L}.
    row("gpt-2 smollm", "q\u0301x", {"q", "\u0301", "x"});
    row("llama-bpe qwen2", "q\u0301x", {"q", "\u0301x"});
    row("gpt-2", "don\u2019t", {"don", "\u2019", "t"});
    row("llama-bpe", "don\u2019t", {"don", "\u2019t"});
    row("gpt-2", "a\u00a0b", {"a", "\u00a0", "b"});
    row("llama-bpe", "a\u00a0b", {"a", "\u00a0b"});
  }

  void cuts() {
    QFETCH(QString, name);
    QFETCH(QString, text);
    QFETCH(QStringList, pieces);
    const std::string bytes = text.toStdString();
    const auto tokenizer = test::openedTokenizer(test::greedyVocabulary(bytes, name.toStdString()));
    QVERIFY(tokenizer);
    QStringList found;
    for (const std::int32_t id : tokenizer->encode(bytes)) found << QString::fromStdString(tokenizer->bytesOf(id));
    QCOMPARE(found, pieces);
  }

  void onlyQwenComposes() {
    const std::string apart = "e\u0301", composed = "\u00e9";
    for (const char* name : {"gpt-2", "smollm", "llama-bpe", "qwen2"}) {
      const auto tokenizer = test::openedTokenizer(test::greedyVocabulary(apart + composed, name));
      QVERIFY(tokenizer);
      const auto ids = tokenizer->encode(apart, {.parseSpecial = true, .addSpecial = false});
      const bool composes = std::string_view(name) == "qwen2";
      QCOMPARE(tokenizer->decode(ids), composes ? composed : apart);
    }
  }

  void otherNamesOfTheSameCut() {
    const std::string sample = "IT'S 1234\n\n(a)";
    const auto idsOf = [&](const char* name) {
      const auto tokenizer = test::openedTokenizer(test::greedyVocabulary(sample, name));
      return tokenizer ? tokenizer->encode(sample) : std::vector<std::int32_t>{-1};
    };
    QCOMPARE(idsOf(""), idsOf("gpt-2"));
    QCOMPARE(idsOf("default"), idsOf("gpt-2"));
    QCOMPARE(idsOf("llama3"), idsOf("llama-bpe"));
    QCOMPARE(idsOf("llama-v3"), idsOf("llama-bpe"));
    QCOMPARE(idsOf("deepseek-r1-qwen"), idsOf("qwen2"));
    QVERIFY(idsOf("gpt-2") != idsOf("llama-bpe"));
    QVERIFY(idsOf("qwen2") != idsOf("llama-bpe"));
  }

  void onlyLlamaBeginsWithBosUnlessTheFileSaysSo() {
    for (const char* name : {"gpt-2", "smollm", "llama-bpe", "qwen2"}) {
      VocabularyFile file = test::byteVocabulary({}, {"<s>", "</s>"});
      file.ggufPre = name;
      file.bosId = 256;
      file.eosId = 257;
      const auto idsOf = [&] { return test::openedTokenizer(file)->encode("a"); };
      const bool isLlama = std::string_view(name) == "llama-bpe";
      QCOMPARE(idsOf(), isLlama ? (std::vector<std::int32_t>{256, 'a'}) : (std::vector<std::int32_t>{'a'}));
      file.addBos = false;
      QCOMPARE(idsOf(), (std::vector<std::int32_t>{'a'}));
      file.addBos = true;
      file.addEos = true;
      QCOMPARE(idsOf(), (std::vector<std::int32_t>{256, 'a', 257}));
    }
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstNamedPreTokenizers)
#include "tst_named_pre_tokenizers.moc"
