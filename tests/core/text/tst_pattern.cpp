#include <QtTest>

#include <string>

#include "core/text/pattern.h"
#include "core/text/split_text.h"

namespace patchbay {

namespace {

using text::Pattern;
using text::PatternBudget;
using text::Span;

std::vector<Span> found(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile(pattern, "test");
  if (!compiled) return {{999, 999}};
  PatternBudget budget;
  return compiled->findAll(text, budget);
}

QString translated(std::string_view pattern) {
  const auto made = text::translatePattern(pattern, "test");
  return QString::fromStdString(made ? *made : made.error().code);
}

}  // namespace

/// Regular expressions of tokenizers: what they mean, where they cut, and how their cost is bounded.
class TstPattern : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void matchesGoFromLeftToRight() {
    QCOMPARE(found("a+", "baaca"), (std::vector<Span>{{1, 3}, {4, 5}}));
    QCOMPARE(found("a", ""), std::vector<Span>{});
    QCOMPARE(found("b|ab", "abab"), (std::vector<Span>{{0, 2}, {2, 4}}));
    QCOMPARE(found("ab?|b", "abb"), (std::vector<Span>{{0, 2}, {2, 3}}));
    QCOMPARE(found(R"(\s+(?!\S)|\s+)", "a   b"), (std::vector<Span>{{1, 3}, {3, 4}}));
    QCOMPARE(found("^a", "a\na"), (std::vector<Span>{{0, 1}, {2, 3}}));
  }

  void emptyMatchesStepOverWholeCharacters() {
    const std::vector<Span> all = found("x*", "\u00e9x\u4e16");
    QCOMPARE(all, (std::vector<Span>{{0, 0}, {2, 3}, {3, 3}, {6, 6}}));
    QCOMPARE(found("(?=a)", "aa"), (std::vector<Span>{{0, 0}, {1, 1}}));
  }

  void spacesAndWordsAreUnicodes() {
    for (const char* space :
         {"\t", "\n", "\r", " ", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u202f", "\u3000"}) {
      QCOMPARE(found(R"(^\s$)", space).size(), std::size_t{1});
      QCOMPARE(found(R"(^[\s]$)", space).size(), std::size_t{1});
      QCOMPARE(found(R"(^[^\s]$)", space).size(), std::size_t{0});
      QCOMPARE(found(R"(^\S$)", space).size(), std::size_t{0});
      QCOMPARE(found(R"(^\w$)", space).size(), std::size_t{0});
    }
    for (const char* letter : {"a", "\u00e9", "\u4e16", "_", "7", "\u0663", "\u2160", "\u203f"}) {
      QCOMPARE(found(R"(^\w$)", letter).size(), std::size_t{1});
      QCOMPARE(found(R"(^[\w]$)", letter).size(), std::size_t{1});
      QCOMPARE(found(R"(^\W$)", letter).size(), std::size_t{0});
      QCOMPARE(found(R"(^\S$)", letter).size(), std::size_t{1});
    }
    for (const char* other : {"-", "\u00bd", "\U0001F600", "\u200b"}) {
      QCOMPARE(found(R"(^\w$)", other).size(), std::size_t{0});
      QCOMPARE(found(R"(^\W$)", other).size(), std::size_t{1});
    }
    QCOMPARE(found("(?i:'S)", "'s").size(), std::size_t{1});
    QCOMPARE(found(R"(\p{L}+)", "a\u00e9\u4e16").size(), std::size_t{1});
    QCOMPARE(found(R"(\p{N}{1,3})", "12345").size(), std::size_t{2});
  }

  void translationLeavesTheRestAlone() {
    QCOMPARE(translated("a(b|c)[d-f]+?"), QStringLiteral("a(b|c)[d-f]+?"));
    QCOMPARE(translated(R"(\\s\.\[)"), QStringLiteral(R"(\\s\.\[)"));
    QCOMPARE(translated("[[:alpha:]x]"), QStringLiteral("[[:alpha:]x]"));
    QCOMPARE(translated("a&&b"), QStringLiteral("a&&b"));
    QCOMPARE(translated("[a&b]"), QStringLiteral("[a&b]"));
    QCOMPARE(translated("[a&&b]"), QStringLiteral("TOK-04"));
    QCOMPARE(translated("[a[b]]"), QStringLiteral("TOK-04"));
    QCOMPARE(translated("[[:alpha]"), QStringLiteral("TOK-04"));
    QCOMPARE(translated("\\"), QStringLiteral("\\"));
  }

  void badPatternsSayWhere() {
    for (const char* bad : {"(", "[", "a{2,1}", "*", "\\", "(?<x", R"(\p{Nonsense})", "[b-a]", R"(\C)"}) {
      const auto compiled = Pattern::compile(bad, "pre_tokenizer");
      QVERIFY2(compiled.isError(), bad);
      QCOMPARE(compiled.error().code, std::string("TOK-04"));
      QCOMPARE(compiled.error().field, std::string("pre_tokenizer"));
      QVERIFY(compiled.error().found.find(bad) != std::string::npos);
    }
    QVERIFY(Pattern::compile(std::string(64 * 1024 + 1, 'a'), "test").isError());
  }

  void aSpentBudgetStopsEverySearch() {
    const auto slow = Pattern::compile("(x+x+)+y", "test");
    const auto quick = Pattern::compile("x", "test");
    QVERIFY(slow.hasValue() && quick.hasValue());
    PatternBudget budget;
    QCOMPARE(quick->findAll("xx", budget).size(), std::size_t{2});
    QVERIFY(!budget.isSpent);
    QVERIFY(slow->findAll(std::string(4'000, 'x') + "zy", budget).empty());
    QVERIFY(budget.isSpent);
    QVERIFY(quick->findAll("xx", budget).empty());
    PatternBudget another;
    QCOMPARE(quick->findAll("xx", another).size(), std::size_t{2});
  }

  void aLongTextMeetsNoLimitOfAPlainPattern() {
    const auto words = Pattern::compile(R"( ?\p{L}+|\s+(?!\S)|\s+)", "test");
    QVERIFY(words.hasValue());
    PatternBudget budget;
    QCOMPARE(words->findAll(std::string(1'000'000, 'a'), budget), (std::vector<Span>{{0, 1'000'000}}));
    QCOMPARE(words->findAll(std::string(1'000'000, ' '), budget).size(), std::size_t{1});
    QVERIFY(!budget.isSpent);
  }

  void marksCoverTheText() {
    const auto covers = [](std::string_view text, const std::vector<Span>& matches, bool inverted) {
      std::size_t at = 0, count = 0;
      for (const text::MarkedSpan& part : text::markSpans(text, matches, inverted)) {
        if (part.span.begin != at || part.span.end <= part.span.begin) return false;
        at = part.span.end;
        count += part.isMatch != inverted ? 1 : 0;
      }
      return at == text.size() && count == matches.size();
    };
    for (const bool inverted : {false, true}) {
      QVERIFY(covers("abcdef", {}, inverted));
      QVERIFY(covers("abcdef", {{0, 6}}, inverted));
      QVERIFY(covers("abcdef", {{0, 1}, {1, 2}, {5, 6}}, inverted));
      QVERIFY(covers("", {}, inverted));
    }
    QCOMPARE(text::findLiteral("aaaa", "aa"), (std::vector<Span>{{0, 2}, {2, 4}}));
    QCOMPARE(text::findLiteral("abc", ""), std::vector<Span>{});
    QCOMPARE(text::findLiteral("abc", "abcd"), std::vector<Span>{});
  }

  void everyBehaviourKeepsOrDropsWhatItSays() {
    using text::SplitBehaviour;
    const std::string text = "--a-b--c-";
    const auto pieces = [&](SplitBehaviour behaviour) {
      text::PieceList list;
      text::addSplit(text, text::markSpans(text, text::findLiteral(text, "-"), false), behaviour, list);
      QStringList found;
      for (std::size_t i = 0; i < list.size(); ++i) found << QString::fromStdString(std::string(list[i]));
      return found;
    };
    QCOMPARE(pieces(SplitBehaviour::Removed), (QStringList{"a", "b", "c"}));
    QCOMPARE(pieces(SplitBehaviour::Isolated), (QStringList{"-", "-", "a", "-", "b", "-", "-", "c", "-"}));
    QCOMPARE(pieces(SplitBehaviour::MergedWithPrevious), (QStringList{"-", "-", "a-", "b-", "-", "c-"}));
    QCOMPARE(pieces(SplitBehaviour::MergedWithNext), (QStringList{"-", "-a", "-b", "-", "-c", "-"}));
    QCOMPARE(pieces(SplitBehaviour::Contiguous), (QStringList{"--", "a", "-", "b", "--", "c", "-"}));
    for (const auto behaviour : {SplitBehaviour::Isolated, SplitBehaviour::MergedWithPrevious,
                                 SplitBehaviour::MergedWithNext, SplitBehaviour::Contiguous}) {
      QCOMPARE(pieces(behaviour).join(QString()), QString::fromStdString(text));
    }
  }

  void characterKinds() {
    using text::CharacterKind;
    QCOMPARE(text::findCharacters("a1\u0663\u00bdb", CharacterKind::Numeric),
             (std::vector<Span>{{1, 2}, {2, 4}, {4, 6}}));
    QCOMPARE(text::findCharacters("a+$_\u00ab\u20acb", CharacterKind::Punctuation),
             (std::vector<Span>{{1, 2}, {2, 3}, {3, 4}, {4, 6}}));
    QCOMPARE(text::findCharacters("a \u3000b", CharacterKind::WhiteSpace), (std::vector<Span>{{1, 2}, {2, 5}}));
  }
};

}  // namespace patchbay

QTEST_APPLESS_MAIN(patchbay::TstPattern)
#include "tst_pattern.moc"
