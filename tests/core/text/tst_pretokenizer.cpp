#include "golden_file.h"

#include "core/text/added_tokens.h"
#include "core/text/normalizer.h"
#include "core/text/pre_tokenizer.h"

namespace patchbay {

namespace {

QString piecesOf(const char* json, std::string_view text, bool startsText = true) {
  const auto made = text::PreTokenizer::fromJson(Json::parse(json));
  if (!made) return QString::fromStdString(made.error().message());
  text::PatternBudget budget;
  const text::PieceList pieces = made->split(text, startsText, budget);
  QString joined;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    joined += (i > 0 ? QStringLiteral("|") : QString()) + QString::fromStdString(std::string(pieces[i]));
  }
  return joined;
}

QString normalised(const char* json, std::string_view text) {
  const auto made = text::Normalizer::fromJson(Json::parse(json));
  if (!made) return QString::fromStdString(made.error().message());
  text::PatternBudget budget;
  return QString::fromStdString(made->apply(text, budget));
}

}  // namespace

/// The cuts, changes and searches before byte-pair merging.
class TstPretokenizer : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void splits_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("pieces");
    const auto row = [](const char* name, const char* json, const char* text, const char* pieces) {
      QTest::newRow(name) << QString::fromUtf8(json) << QString::fromUtf8(text) << QString::fromUtf8(pieces);
    };
    row("isolated", R"({"type":"Split","pattern":{"String":"-"},"behavior":"Isolated"})", "a--b-", "a|-|-|b|-");
    row("removed", R"({"type":"Split","pattern":{"String":"-"},"behavior":"Removed"})", "a--b-", "a|b");
    row("previous", R"({"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious"})", "a--b-", "a-|-|b-");
    row("next", R"({"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext"})", "a--b-", "a|-|-b|-");
    row("contiguous", R"({"type":"Split","pattern":{"String":"-"},"behavior":"Contiguous"})", "a--b-", "a|--|b|-");
    row("inverted", R"({"type":"Split","pattern":{"Regex":"[a-z]+"},"behavior":"Removed","invert":true})", "ab1cd",
        "ab|cd");
    row("digits", R"({"type":"Digits","individual_digits":true})", "a12½", "a|1|2|½");
    row("digit runs", R"({"type":"Digits"})", "a12b", "a|12|b");
    row("punctuation", R"({"type":"Punctuation"})", "a,b$«c", "a|,|b|$|«|c");
    row("whitespace", R"({"type":"Whitespace"})", "ab, c\u00e9!?", "ab|,|cé|!?");
    row("byte level", R"({"type":"ByteLevel","add_prefix_space":true})", "hi you", "\u0120hi|\u0120you");
    row("metaspace", R"({"type":"Metaspace","prepend_scheme":"always"})", "hi  you", "\u2581hi|\u2581|\u2581you");
    row("metaspace whole", R"({"type":"Metaspace","prepend_scheme":"never","split":false})", "hi you", "hi\u2581you");
    row("old metaspace", R"({"type":"Metaspace","add_prefix_space":false})", "hi", "hi");
    row("sequence", R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
        {"type":"ByteLevel","add_prefix_space":false}]})",
        "is 12 ok", "is|\u0120|1|2|\u0120ok");
    row("nothing", "null", "left whole", "left whole");
  }

  void splits() {
    QFETCH(QString, json);
    QFETCH(QString, text);
    QFETCH(QString, pieces);
    QCOMPARE(piecesOf(json.toUtf8().constData(), text.toStdString()), pieces);
  }

  void metaspaceFirstMeansTheStartOfTheText() {
    constexpr const char* kFirst = R"({"type":"Metaspace","prepend_scheme":"first"})";
    QCOMPARE(piecesOf(kFirst, "hi", true), QStringLiteral("\u2581hi"));
    QCOMPARE(piecesOf(kFirst, "hi", false), QStringLiteral("hi"));
  }

  void normalizers() {
    QCOMPARE(normalised(R"({"type":"NFC"})", "e\u0301"), QStringLiteral("\u00e9"));
    QCOMPARE(normalised(R"({"type":"NFD"})", "\u00e9"), QStringLiteral("e\u0301"));
    QCOMPARE(normalised(R"({"type":"NFKC"})", "\ufb01"), QStringLiteral("fi"));
    QCOMPARE(normalised(R"({"type":"Lowercase"})", "\u0130A\u00c9"), QStringLiteral("i\u0307a\u00e9"));
    QCOMPARE(normalised(R"({"type":"Strip"})", " \u3000a b\n"), QStringLiteral("a b"));
    QCOMPARE(normalised(R"({"type":"Replace","pattern":{"Regex":"a+"},"content":"b"})", "aaxa"), QStringLiteral("bxb"));
    QCOMPARE(normalised(R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"_"},
        {"type":"Replace","pattern":{"String":" "},"content":"_"}]})",
                        "a b"),
             QStringLiteral("_a_b"));
    QCOMPARE(normalised(R"({"type":"Prepend","prepend":"_"})", ""), QString());
  }

  void manyMarksAreNotQuadratic() {
    std::string marks = "a";
    for (int i = 0; i < 50'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
    QVERIFY(normalised(R"({"type":"NFC"})", marks).size() > 40'000);
  }

  void patternsMeanWhatOnigurumaMeans() {
    text::PatternBudget budget;
    const auto spaces = text::Pattern::compile(R"(\s+)", "test");
    QVERIFY(spaces.hasValue());
    QCOMPARE(spaces->findAll("a\u180eb", budget).size(), std::size_t{0});
    QCOMPARE(spaces->findAll("a\u0085b", budget).size(), std::size_t{1});
    const auto words = text::Pattern::compile(R"(\w+)", "test");
    QVERIFY(words.hasValue());
    QCOMPARE(words->findAll("e\u0301_x", budget).size(), std::size_t{1});
    QVERIFY(text::Pattern::compile(R"([\p{L}&&[^a]])", "test").isError());
    QVERIFY(text::Pattern::compile("[a[b]]", "test").isError());
    QVERIFY(text::Pattern::compile("[[:alpha:]]", "test").hasValue());
    QVERIFY(text::Pattern::compile(R"([\[\]]&&)", "test").hasValue());
  }

  void aMetLimitLeavesTheRestWhole() {
    // Quick on the texts tried at opening, slow on this one.
    const auto slow = text::Pattern::compile(R"((x+x+)+y)", "test");
    QVERIFY(slow.hasValue());
    text::PatternBudget budget;
    QCOMPARE(slow->findAll("xxy" + std::string(5000, 'x') + "zy", budget), (std::vector<text::Span>{{0, 3}}));
    QVERIFY(budget.isSpent);
    QVERIFY(slow->findAll("xxy", budget).empty());
  }

  void emptyMatchesCutButNeverLoop() {
    QCOMPARE(piecesOf(R"({"type":"Split","pattern":{"Regex":"x*"},"behavior":"Isolated"})", "axb"),
             QStringLiteral("a|x|b"));
  }

  void addedTokens() {
    text::AddedTokenFinder finder;
    finder.add({.content = "<a>", .id = 1, .isSpecial = true});
    finder.add({.content = "<a><b>", .id = 2});
    finder.add({.content = "it", .id = 3, .singleWord = true});
    finder.add({.content = "<m>", .id = 4, .takesSpaceLeft = true, .takesSpaceRight = true});
    const auto ids = [&](std::string_view text, bool parseSpecial) {
      std::string list;
      for (const text::Section& section : finder.split(text, parseSpecial)) {
        list += section.id < 0 ? "[" + std::string(section.text) + "]" : std::to_string(section.id);
      }
      return list;
    };
    QCOMPARE(ids("x<a><b><a>y", true), std::string("[x]21[y]"));
    QCOMPARE(ids("x<a><b><a>y", false), std::string("[x]2[<a>y]"));
    QCOMPARE(ids("it sits (it)", true), std::string("3[ sits (]3[)]"));
    QCOMPARE(ids("a \t<m>  <m> b", true), std::string("[a]44[b]"));
    QCOMPARE(ids("", true), std::string());
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstPretokenizer)
#include "tst_pretokenizer.moc"
