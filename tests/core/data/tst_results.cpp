#include <QtTest>

#include <functional>

#include "tests/core/data/samples.h"

using namespace patchbay;

namespace {

/// The result after its body went through text, as a session stores it.
template <typename Result>
Outcome<Result> throughText(const Result& result) {
  ResultDocument document = result.toDocument();
  document.body = *parseJson(dumpJson(document.body), "result");
  return Result::fromDocument(document);
}

}  // namespace

class TestResults : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyResultSurvives() {
    QVERIFY(*throughText(samples::lens(1)) == samples::lens(1));
    QVERIFY(*throughText(samples::patchscope()) == samples::patchscope());
    QVERIFY(*throughText(samples::patch()) == samples::patch());
    QVERIFY(*throughText(samples::steer()) == samples::steer());
    QVERIFY(*throughText(samples::generate()) == samples::generate());
  }

  void aRankedTokenHasItsText() {
    const LensResult lens = samples::lens(1);
    QVERIFY(lens.ranked(0, 0, 0).token == samples::token(7));
    QCOMPARE(lens.ranked(2, 3, 1).p, lens.topP.at(2, 3, 1));
    LensResult without = lens;
    without.texts.clear();
    QCOMPARE(without.ranked(0, 0, 0).token.text, std::string("#7"));
  }

  void aLensWithoutTrackedTokensFits() {
    LensResult lens = samples::lens(2);
    lens.trackedIds.clear();
    lens.trackedP = HostArray({0, 3, 4}, {"tracked", "layer", "token"}, "p", {});
    lens.trackedRank = HostArray({0, 3, 4}, {"tracked", "layer", "token"}, "rank", {});
    QVERIFY(throughText(lens).hasValue());
  }

  void aLensOfBeforeRanksWereKeptIsRead() {
    ResultDocument document = samples::lens(4).toDocument();
    QVERIFY(document.arrays.contains("token_rank"));
    document.arrays.erase("token_rank");
    document.arrays.erase("token_entropy");
    const auto lens = LensResult::fromDocument(document);
    QVERIFY(lens.hasValue());
    QVERIFY(lens->tokenRank.isEmpty() && lens->tokenEntropyBits.isEmpty());
    QVERIFY(*throughText(*lens) == *lens);
  }

  void misfitsAreRefused_data() {
    QTest::addColumn<int>("change");
    for (std::size_t i = 0; i < changes().size(); ++i) QTest::newRow(changes()[i].first) << static_cast<int>(i);
  }

  void misfitsAreRefused() {
    QFETCH(int, change);
    ResultDocument document = samples::lens(3).toDocument();
    changes()[static_cast<std::size_t>(change)].second(document);
    const auto lens = LensResult::fromDocument(document);
    QVERIFY(lens.isError());
    QCOMPARE(lens.error().code, std::string("RES-01"));
    QVERIFY(!lens.error().field.empty());
  }

  void wrongBodiesAreErrors() {
    for (const Json& body :
         {Json("text"), Json::array({1}), Json{{"cells", "none"}, {"plain", 4}, {"generation", 4}}}) {
      const ResultDocument document{.body = body, .arrays = {}};
      QVERIFY(PatchscopeResult::fromDocument(document).isError());
      QVERIFY(PatchResult::fromDocument(document).isError());
      QVERIFY(SteerResult::fromDocument(document).isError());
      QVERIFY(GenerateResult::fromDocument(document).isError());
    }
  }

private:
  using Change = std::pair<const char*, std::function<void(ResultDocument&)>>;

  static HostArray one() { return {{1}, {"layer"}, "", {1}}; }

  static const std::vector<Change>& changes() {
    static const std::vector<Change> all = {
        {"no tokens", [](ResultDocument& document) { document.body["tokens"] = Json::array(); }},
        {"more layers", [](ResultDocument& document) { document.body["layers"] = 4; }},
        {"no layers", [](ResultDocument& document) { document.body["layers"] = 0; }},
        {"negative layers", [](ResultDocument& document) { document.body["layers"] = -3; }},
        {"layers as text", [](ResultDocument& document) { document.body["layers"] = "3"; }},
        {"no body", [](ResultDocument& document) { document.body = nullptr; }},
        {"tracked more",
         [](ResultDocument& document) {
           document.body["tracked"] = {1, 2, 3};
         }},
        {"missing key", [](ResultDocument& document) { document.body.erase("next"); }},
        {"texts of another kind",
         [](ResultDocument& document) {
           document.body["texts"] = {1, 2};
         }},
        {"top_ids", [](ResultDocument& document) { document.arrays["top_ids"] = one(); }},
        {"top_p", [](ResultDocument& document) { document.arrays["top_p"] = one(); }},
        {"top_logits", [](ResultDocument& document) { document.arrays["top_logits"] = one(); }},
        {"entropy", [](ResultDocument& document) { document.arrays["entropy"] = one(); }},
        {"kl", [](ResultDocument& document) { document.arrays["kl_to_final"] = one(); }},
        {"norm", [](ResultDocument& document) { document.arrays["norm"] = {}; }},
        {"cos", [](ResultDocument& document) { document.arrays["cos_to_final"] = one(); }},
        {"tracked_p", [](ResultDocument& document) { document.arrays["tracked_p"] = one(); }},
        {"tracked_rank", [](ResultDocument& document) { document.arrays["tracked_rank"] = one(); }},
        {"token_p", [](ResultDocument& document) { document.arrays["token_p"] = one(); }},
        {"token_rank", [](ResultDocument& document) { document.arrays["token_rank"] = one(); }},
        {"token_entropy", [](ResultDocument& document) { document.arrays["token_entropy"] = one(); }},
        {"missing array", [](ResultDocument& document) { document.arrays.erase("entropy"); }}};
    return all;
  }
};

QTEST_APPLESS_MAIN(TestResults)
#include "tst_results.moc"
