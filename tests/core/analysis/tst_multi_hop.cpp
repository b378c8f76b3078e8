#include <QtTest>

#include <set>

#include "core/analysis/multi_hop.h"
#include "core/analysis/patchscope.h"
#include "core/data/builtin_texts.h"
#include "core/data/patchscope_list.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

MultiHopRequest requestOf(std::size_t items, std::vector<int> layers) {
  MultiHopRequest request;
  request.list = builtinHopLists().front();
  request.list.items.resize(items);
  request.layers = std::move(layers);
  request.generateTokens = 6;
  return request;
}

Outcome<MultiHopResult> ask(const MultiHopRequest& request) {
  JobContext context;
  return runMultiHop(defaultModel(), request, context);
}

}  // namespace

/// Questions in two steps: the list that comes with the program, its parts one by one, and its controls.
class TestMultiHop : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theListIsWhole() {
    QVERIFY(!builtinHopLists().empty());
    for (const HopList& list : builtinHopLists()) {
      QVERIFY2(list.items.size() >= 60, list.id.c_str());
      std::set<std::string> questions;
      for (const HopItem& item : list.items) {
        QVERIFY2(questions.insert(withBridge(item, item.first)).second, item.first.c_str());
        // Neither step may say what is asked of it.
        QVERIFY2(!containsAnswer(item.first, item.answers), item.first.c_str());
        QVERIFY2(!containsAnswer(item.second, item.answers), item.second.c_str());
        QVERIFY2(!containsAnswer(item.first, item.bridge), item.first.c_str());
      }
    }
  }

  void eachCellIsOnePatchscope() {
    JobContext context;
    const MultiHopRequest request = requestOf(6, {2, 8});
    const auto result = ask(request);
    QVERIFY(result.hasValue());
    QVERIFY(result->items.size() + result->unknown.size() == 6 && !result->items.empty());
    for (const HoppedItem& hopped : result->items) {
      const HopItem& item = request.list.items[static_cast<std::size_t>(hopped.item)];
      QVERIFY(containsAnswer(hopped.firstSays, item.bridge) && containsAnswer(hopped.secondSays, item.answers));
      PatchscopeRequest scope;
      scope.source = Prompt::plain(item.first);
      scope.sourceLayers = {2, 8};
      scope.target = Prompt::plain(withBridge(item, "x"));
      const auto target = defaultModel().text.encode(scope.target);
      for (int token = 0; token < static_cast<int>(target->size()); ++token)
        if (defaultModel().text.tokenizer->fact((*target)[static_cast<std::size_t>(token)]).text == " x")
          scope.targetToken = token;
      scope.targetLayers = {2, 8};
      scope.generateTokens = 6;
      const auto single = runPatchscope(defaultModel(), defaultModel(), scope, context);
      QVERIFY(single.hasValue());
      for (std::size_t cell = 0; cell < 4; ++cell) {
        QCOMPARE(hopped.says[cell], single->cells[cell].generation.text);
        const bool isRight = containsAnswer(hopped.says[cell], item.answers);
        const auto row = static_cast<std::int64_t>(&hopped - result->items.data());
        QCOMPARE(result->contains.row(0, row)[cell], isRight ? 1.0F : 0.0F);
      }
    }
  }

  void sharesAreCounted() {
    const auto result = ask(requestOf(10, {1, 5}));
    QVERIFY(result.hasValue());
    const auto [source, target] = result->bestPair();
    for (int s = 0; s < 2; ++s)
      for (int t = 0; t < 2; ++t) QVERIFY(result->shareAt(0, s, t) <= result->shareAt(0, source, target));
    // Any pair is at least the best one; and no less for the control.
    QVERIFY(result->shareOfAny(0) >= result->shareAt(0, source, target));
    QVERIFY(result->shareOfAny(1) >= result->shareAt(1, source, target));
    const auto plain = std::ranges::count_if(result->items, &HoppedItem::plainIsRight);
    QCOMPARE(result->plainShare(), static_cast<double>(plain) / static_cast<double>(result->items.size()));
    QVERIFY(*MultiHopResult::fromDocument(result->toDocument()) == *result);
  }

  void theUnknownStaysWhereItIsAsked() {
    MultiHopRequest request = requestOf(4, {3});
    request.onlyKnown = false;
    const auto all = ask(request);
    QVERIFY(all.hasValue());
    QCOMPARE(all->items.size(), std::size_t{4});
    QVERIFY(all->unknown.empty());
    QVERIFY(Json(request).get<MultiHopRequest>() == request);
  }

  void wrongListsAndLayersAreNamed() {
    const auto code = [](const char* text) {
      const auto list = readHopList(text, "f");
      return list.hasValue() ? std::string() : list.error().code + " " + list.error().field;
    };
    QCOMPARE(code("[]"), std::string("LIST-01 "));
    QCOMPARE(code(R"({"items": []})"), std::string("LIST-01 items"));
    QCOMPARE(code(R"({"items": [{"first": "a", "second": "b", "bridge": ["c"], "answers": ["d"]}]})"),
             std::string("LIST-01 items[0].second"));
    QCOMPARE(code(R"({"items": [{"first": " ", "second": "b {bridge}", "bridge": ["c"], "answers": ["d"]}]})"),
             std::string("LIST-01 items[0].first"));
    QCOMPARE(code(R"({"items": [{"first": "a", "second": "b {bridge}", "bridge": [], "answers": ["d"]}]})"),
             std::string("LIST-01 items[0].bridge"));
    QCOMPARE(code(R"({"items": [{"first": "a", "second": "b {bridge}", "bridge": ["c"], "answers": [""]}]})"),
             std::string("LIST-01 items[0].answers"));
    QCOMPARE(code(R"({"items": [{"first": "a", "second": "b {bridge}", "bridge": ["c"], "answers": ["d"]}]})"),
             std::string());
    MultiHopRequest request = requestOf(2, {30});
    QCOMPARE(ask(request).error().code, std::string("PLACE-03"));
    request.layers.assign(41, 1);
    QCOMPARE(ask(request).error().code, std::string("LIST-05"));
    request = requestOf(2, {3});
    request.generateTokens = 0;
    QCOMPARE(ask(request).error().code, std::string("LIST-04"));
    request = requestOf(1, {3});
    request.list.items[0].answers = {"a word that no model says here"};
    QCOMPARE(ask(request).error().code, std::string("LIST-03"));
  }
};

QTEST_APPLESS_MAIN(TestMultiHop)
#include "tst_multi_hop.moc"
