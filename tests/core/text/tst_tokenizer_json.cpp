#include "golden_file.h"

namespace patchbay {

namespace {

/// A byte-level tokenizer.json of three tokens, for mistakes to be put into.
Json tinyJson() {
  return {{"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}}, {"merges", {"a b"}}}},
          {"added_tokens", {{{"id", 3}, {"content", "<e>"}, {"special", true}, {"normalized", false}}}},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"decoder", {{"type", "ByteLevel"}}}};
}

Outcome<std::shared_ptr<const Tokenizer>> openJson(Json json, Json config = nullptr) {
  VocabularyFile file;
  file.file = "tokenizer.json";
  file.tokenizerJson = std::move(json);
  file.tokenizerConfig = std::move(config);
  return Tokenizer::open(file);
}

VocabularyFile sentencePieceFile() {
  VocabularyFile file;
  file.isGguf = true;
  file.ggufModel = "llama";
  file.tokens = {"<unk>", "<s>", "</s>", "<0x0A>", "<0xC3>", "<0xA9>", "\u2581", "h", "i", "hi", "\u2581hi", "\u2581h"};
  file.tokenTypes = {2, 3, 3, 6, 6, 6, 1, 1, 1, 1, 1, 1};
  file.scores = {0, 0, 0, 0, 0, 0, -4, -5, -6, -2, -1, -3};
  file.bosId = 1;
  file.eosId = 2;
  file.unknownId = 0;
  return file;
}

using Ids = std::vector<std::int32_t>;

}  // namespace

/// tokenizer.json of several kinds against the tokenizers library, and what is refused.
class TstTokenizerJson : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void goldenStyles_data() {
    QTest::addColumn<QString>("file");
    for (const char* name :
         {"llama3_style", "sentencepiece_prepend", "sentencepiece_metaspace", "normalised", "whitespace"}) {
      QTest::newRow(name) << QString::fromLatin1(name) + QStringLiteral(".json");
    }
  }

  void goldenStyles() {
    QFETCH(QString, file);
    const Json golden = test::goldenFile(file.toStdString());
    const auto tokenizer = test::smallTokenizer(file.toStdString());
    QVERIFY(tokenizer);
    int equal = 0;
    for (const Json& entry : golden.at("cases")) {
      const auto text = entry.at(0).get<std::string>();
      const Ids ids = tokenizer->encode(text, {.parseSpecial = true, .addSpecial = false});
      if (ids == entry.at(1).get<Ids>())
        ++equal;
      else
        qWarning("%s gives %s, expected %s", dumpJson(Json(text)).c_str(), dumpJson(Json(ids)).c_str(),
                 dumpJson(entry.at(1)).c_str());
    }
    QCOMPARE(equal, 200);
    QCOMPARE(tokenizer->encode(""), golden.at("around").get<Ids>());
  }

  void specialTokensComeFromTheConfig() {
    const auto tokenizer = openJson(tinyJson(), {{"eos_token", {{"content", "<e>"}}}, {"bos_token", "a"}});
    QVERIFY(tokenizer.hasValue());
    QCOMPARE((*tokenizer)->eos().value_or(-1), 3);
    QCOMPARE((*tokenizer)->bos().value_or(-1), 0);
    QCOMPARE((*tokenizer)->endIds(), Ids{3});
    QCOMPARE((*tokenizer)->encode("ab<e>b"), (Ids{2, 3, 1}));
    QCOMPARE((*tokenizer)->decode(Ids{2, 3, 1}, true), std::string("abb"));
  }

  void mistakesAreNamed_data() {
    QTest::addColumn<QString>("patch");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("word");
    const auto row = [](const char* name, const char* patch, const char* code, const char* word) {
      QTest::newRow(name) << QString::fromUtf8(patch) << QString::fromLatin1(code) << QString::fromLatin1(word);
    };
    row("model", R"({"model":{"type":"Unigram"}})", "TOK-02", "Unigram");
    row("prefix", R"({"model":{"continuing_subword_prefix":"##"}})", "TOK-02", "continuing_subword_prefix");
    row("normalizer", R"({"normalizer":{"type":"Precompiled"}})", "TOK-02", "Precompiled");
    row("pre_tokenizer", R"({"pre_tokenizer":{"type":"UnicodeScripts"}})", "TOK-02", "UnicodeScripts");
    row("decoder", R"({"decoder":{"type":"WordPiece"}})", "TOK-02", "WordPiece");
    row("post", R"({"post_processor":{"type":"Other"}})", "TOK-02", "Other");
    row("merge", R"({"model":{"merges":["ab"]}})", "TOK-03", "merges");
    row("merge kind", R"({"model":{"merges":[7]}})", "TOK-03", "tokenizer.json");
    row("vocab", R"({"model":{"vocab":7}})", "TOK-03", "tokenizer.json");
    row("id", R"({"model":{"vocab":{"c":99000000}}})", "TOK-05", "99000000");
    row("negative id", R"({"model":{"vocab":{"c":-1}}})", "TOK-05", "-1");
    row("added id", R"({"added_tokens":[{"id":-5,"content":"x"}]})", "TOK-03", "-5");
    row("regex", R"({"pre_tokenizer":{"type":"Split","behavior":"Isolated","pattern":{"Regex":"a{2,1}"}}})", "TOK-04",
        "a{2,1}");
    row("slow regex", R"({"pre_tokenizer":{"type":"Split","behavior":"Isolated","pattern":{"Regex":"(a|aa)+$"}}})",
        "TOK-04", "too long");
    row("around", R"({"post_processor":{"type":"RobertaProcessing","cls":["x",77],"sep":["y",1]}})", "TOK-03", "77");
  }

  void mistakesAreNamed() {
    QFETCH(QString, patch);
    QFETCH(QString, code);
    QFETCH(QString, word);
    Json json = tinyJson();
    json.merge_patch(Json::parse(patch.toStdString()));
    const auto opened = openJson(json);
    QVERIFY(opened.isError());
    QCOMPARE(test::shown(opened.error().code), code);
    QVERIFY2(test::shown(opened.error().message()).contains(word), opened.error().message().c_str());
    QCOMPARE(opened.error().file, std::string("tokenizer.json"));
  }

  void nothingIsNoTokenizer() {
    QCOMPARE(openJson(nullptr).error().code, std::string("TOK-01"));
    VocabularyFile gguf;
    gguf.isGguf = true;
    QCOMPARE(Tokenizer::open(gguf).error().code, std::string("TOK-01"));
  }

  void sentencePieceOfGguf() {
    const auto opened = Tokenizer::open(sentencePieceFile());
    QVERIFY(opened.hasValue());
    const Tokenizer& tokenizer = **opened;
    QCOMPARE(tokenizer.encode("hi hi"), (Ids{1, 10, 10}));
    QCOMPARE(tokenizer.encode("hi\u00e9\n", {.parseSpecial = true, .addSpecial = false}), (Ids{10, 4, 5, 3}));
    QCOMPARE(tokenizer.encode("</s>", {.parseSpecial = true, .addSpecial = false}), (Ids{2}));
    QCOMPARE(tokenizer.encode("z", {.parseSpecial = true, .addSpecial = false}), (Ids{6, 0}));
    QCOMPARE(tokenizer.decode(Ids{10, 10, 4, 5, 3}), std::string("hi hi\u00e9\n"));
    QCOMPARE(tokenizer.bytesOf(10), std::string(" hi"));
    QCOMPARE(tokenizer.fact(4).bytesHex, std::string("c3"));
  }

  void ggufMistakesAreNamed() {
    VocabularyFile file = sentencePieceFile();
    file.scores.pop_back();
    QCOMPARE(Tokenizer::open(file).error().code, std::string("TOK-03"));
    file.ggufModel = "bert";
    QCOMPARE(Tokenizer::open(file).error().found, std::string("bert"));
    file.ggufModel = "gpt2";
    file.ggufPre = "tekken";
    QCOMPARE(Tokenizer::open(file).error().code, std::string("TOK-02"));
    QCOMPARE(Tokenizer::open(file).error().found, std::string("tekken"));
    file.ggufPre = "smollm";
    file.merges = {"ab"};
    QCOMPARE(Tokenizer::open(file).error().field, std::string("tokenizer.ggml.merges"));
    file.merges.clear();
    file.bosId = 4000;
    QCOMPARE(Tokenizer::open(file).error().code, std::string("TOK-03"));
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstTokenizerJson)
#include "tst_tokenizer_json.moc"
