#include <QtTest>

#include <numeric>
#include <set>

#include "core/analysis/patchscope.h"
#include "core/analysis/patchscope_list.h"
#include "core/data/builtin_texts.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

double meanOf(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

PatchscopeListRequest requestOf(const char* list, std::vector<int> layers, int tokens) {
  PatchscopeListRequest request;
  request.list = *builtinList(list);
  request.layers = std::move(layers);
  request.generateTokens = tokens;
  return request;
}

}  // namespace

/// Lists of facts: what comes with the program, the controls, and the same numbers as one Patchscope at a time.
class PatchscopeListTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theListsThatComeAreWhole() {
    QCOMPARE(builtinLists().size(), std::size_t{8});
    for (const FactList& list : builtinLists()) {
      QVERIFY2(list.items.size() >= 60, list.id.c_str());
      std::set<std::string> subjects;
      for (const FactItem& item : list.items) {
        QVERIFY2(item.source.ends_with(item.subject), item.source.c_str());
        QVERIFY2(subjects.insert(item.subject).second, item.subject.c_str());
        QVERIFY2(!containsAnswer(item.source, item.answers), item.source.c_str());
      }
    }
    QVERIFY(builtinTexts().size() >= 100);
  }

  void answersAreWordsOfTheirOwn() {
    QVERIFY(containsAnswer(" Paris.\n", {"Paris"}));
    QVERIFY(containsAnswer("it is PARIS", {"london", "paris"}));
    QVERIFY(!containsAnswer("water", {"ate"}));
    QVERIFY(!containsAnswer("Parisian", {"Paris"}));
    QVERIFY(!containsAnswer("", {"Paris"}));
  }

  void damagedListsAreNamed() {
    const std::string good =
        R"({"target":"x is","text":"{subject} is","items":[{"source":"a cat","subject":"cat","answers":["b"]}]})";
    QVERIFY(readFactList(good, "f").hasValue());
    const std::pair<const char*, const char*> wrong[] = {
        {R"([])", ""},
        {R"({"target":"","text":"{subject}","items":[]})", "target"},
        {R"({"target":"x","text":"none","items":[]})", "text"},
        {R"({"target":"x","text":"{subject}","items":[]})", "items"},
        {R"({"target":"x","text":"{subject}","items":[{"source":"a dog","subject":"cat","answers":["b"]}]})",
         "items[0].source"},
        {R"({"target":"x","text":"{subject}","items":[{"source":"a cat","subject":"cat","answers":[" "]}]})",
         "items[0].answers"}};
    for (const auto& [text, field] : wrong) {
      const auto refused = readFactList(text, "f");
      QCOMPARE(refused.error().code, std::string("LIST-01"));
      QCOMPARE(refused.error().field, std::string(field));
    }
  }

  void statesAnswerAndControlsDoNot_data() {
    QTest::addColumn<QString>("list");
    for (const FactList& list : builtinLists()) QTest::newRow(list.id.c_str()) << QString::fromStdString(list.id);
  }
  void statesAnswerAndControlsDoNot() {
    QFETCH(QString, list);
    JobContext context;
    const auto result =
        runPatchscopeList(defaultModel(), defaultModel(), requestOf(list.toStdString().c_str(), {3}, 5), context);
    QVERIFY(result.hasValue());
    const double best = meanOf(result->contains.row(0, 0));
    const double control = std::max(
        {meanOf(result->textOnly.row(2)), meanOf(result->contains.row(1, 0)), meanOf(result->contains.row(2, 0))});
    qInfo("%s: %zu items, contains %.2f, best control %.2f", qPrintable(list), result->items.size(), best, control);
    QVERIFY2(control <= 0.25, "the controls are near chance");
    QVERIFY2(best >= control + 0.3, "the state says what the controls do not");
    const auto back = PatchscopeListResult::fromDocument(result->toDocument());
    QVERIFY(back.hasValue());
    QCOMPARE(back->items, result->items);
  }

  /// Each cell is one plain Patchscope of its own.
  void aCellEqualsOnePatchscope() {
    JobContext context;
    PatchscopeListRequest request = requestOf("country-capital", {4, 20}, 0);
    request.list.items.resize(6);
    request.onlyKnown = false;
    const auto result = runPatchscopeList(defaultModel(), defaultModel(), request, context);
    QVERIFY(result.hasValue());
    QCOMPARE(std::ssize(result->items), 6);
    const auto target = *defaultModel().text.encode(Prompt::plain(request.list.target));
    for (std::size_t item = 0; item < 6; ++item) {
      const FactItem& fact = request.list.items[item];
      PatchscopeRequest one;
      one.source = Prompt::plain(fact.source);
      one.sourceLayers = {4, 20};
      one.target = Prompt::plain(request.list.target);
      one.targetToken = static_cast<int>(target.size()) - 2;  // " x" stands before " is"
      one.generateTokens = 0;
      one.topK = 1000;
      const auto scope = runPatchscope(defaultModel(), one, context);
      QVERIFY(scope.hasValue());
      const auto answer = defaultModel().text.tokenizer->encode(" " + fact.answers.front()).front();
      for (std::int64_t layer = 0; layer < 2; ++layer) {
        const auto& top = scope->cells[static_cast<std::size_t>(layer)].top;
        const auto found = std::ranges::find(top, answer, [](const RankedToken& token) { return token.token.id; });
        if (found == top.end()) continue;
        const float bits = result->surprisal.at(0, layer, static_cast<std::int64_t>(item));
        QVERIFY2(std::abs(bits + std::log2(found->p)) < 1e-2F || bits < -std::log2(found->p), fact.subject.c_str());
        QCOMPARE(result->firstP.at(0, layer, static_cast<std::int64_t>(item)) == 1, top.front().token.id == answer);
      }
    }
  }

  void theSameSeedGivesTheSameControls() {
    JobContext context;
    PatchscopeListRequest request = requestOf("present-past", {3}, 0);
    request.list.items.resize(8);
    request.onlyKnown = false;
    const auto one = runPatchscopeList(defaultModel(), defaultModel(), request, context),
               two = runPatchscopeList(defaultModel(), defaultModel(), request, context);
    QVERIFY(one->surprisal == two->surprisal);
    request.seed = 5;
    const auto other = runPatchscopeList(defaultModel(), defaultModel(), request, context);
    QVERIFY(!(one->surprisal == other->surprisal));
    QCOMPARE(one->surprisal.at(0, 0, 3), other->surprisal.at(0, 0, 3));  // the patch itself is no chance
  }

  void aListItDoesNotKnowIsRefused() {
    JobContext context;
    PatchscopeListRequest request = requestOf("country-capital", {3}, 0);
    request.list.items = {{"I went to Atlantis", "Atlantis", {"Qwertzuiop"}}};
    QCOMPARE(runPatchscopeList(defaultModel(), defaultModel(), request, context).error().code, std::string("LIST-03"));
    request.targetLayer = 99;
    QCOMPARE(runPatchscopeList(defaultModel(), defaultModel(), request, context).error().code, std::string("PLACE-03"));
  }
};

QTEST_GUILESS_MAIN(PatchscopeListTest)
#include "tst_patchscope_list.moc"
