#include <QtTest>

#include <map>

#include "core/analysis/activation_patch.h"
#include "core/analysis/captured_run.h"
#include "core/analysis/patch_grid.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Patching and knock-out grids: the reference's numbers, and laws.
class PatchGridTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void equalsTheReference_data();
  void equalsTheReference();
  void aCellIsAnActivationPatch();
  void patchingARunIntoItselfChangesNothing();
  void aPartOfTheGridIsThatPartOfTheWhole();
  void promptsOfDifferentLengthAreAligned();
  void answersAreChosenWhenNoneIsGiven();
  void theMeanOfOneTextIsItsMean();
  void cellsStreamAsTheyStandInTheResult();
  void resultsRoundTripThroughTheirDocument();
  void wrongRequestsAreNamed();
};

namespace {

PatchGridRequest goldenRequest(const Json& facts) {
  PatchGridRequest request;
  request.clean = Prompt::plain(facts.at("clean").get<std::string>());
  request.corrupt = Prompt::plain(facts.at("corrupt").get<std::string>());
  request.answer = facts.at("answer").get<std::string>();
  request.wrong = facts.at("wrong").get<std::string>();
  return request;
}

PatchGridRequest smallRequest() {
  PatchGridRequest request;
  request.clean = Prompt::plain("The capital of France is");
  request.corrupt = Prompt::plain("The capital of Italy is");
  return request;
}

Outcome<PatchGridResult> run(const PatchGridRequest& request, LanguageModel& model = defaultModel()) {
  JobContext context;
  return runPatchGrid(model, request, context);
}

}  // namespace

void PatchGridTest::equalsTheReference_data() {
  QTest::addColumn<QString>("mode");
  QTest::addColumn<QString>("site");
  QTest::addColumn<bool>("allTokens");
  for (const char* mode : {"denoise", "noise"})
    for (const char* site : {"resid_post", "attn_out", "mlp_out"})
      QTest::addRow("%s %s", mode, site) << mode << site << false;
  for (const char* site : {"attn_out", "mlp_out", "head_out"})
    QTest::addRow("zero %s", site) << "zero" << site << false;
  QTest::addRow("zero head_out at all tokens") << "zero"
                                               << "head_out" << true;
}

void PatchGridTest::equalsTheReference() {
  QFETCH(QString, mode);
  QFETCH(QString, site);
  QFETCH(bool, allTokens);
  const Golden golden = readGolden("model/grid_golden");
  PatchGridRequest request = goldenRequest(golden.json);
  request.mode = Json(mode.toStdString()).get<GridMode>();
  request.site = site.toStdString();
  request.allTokens = allTokens;
  // One whole grid; of the others some layers.
  if (mode != QStringLiteral("denoise") || site != QStringLiteral("resid_post")) request.layers = {0, 7, 15, 24, 29};
  for (const GridMetric metric : {GridMetric::LogitDifference, GridMetric::Probability, GridMetric::Kl}) {
    request.metric = metric;
    const auto result = run(request);
    QVERIFY(result.hasValue());
    const std::string name = Json(metric).get<std::string>();
    const std::string place = mode.toStdString() + "." + request.site + (allTokens ? "_all" : "");
    const HostArray& expected = golden.array(place + "." + name);
    QCOMPARE(result->values.extent(1), expected.extent(1));
    for (std::int64_t row = 0; row < result->values.extent(0); ++row) {
      const int layer = result->layers[static_cast<std::size_t>(row)];
      for (std::int64_t column = 0; column < expected.extent(1); ++column)
        QVERIFY(std::abs(result->values.at(row, column) - expected.at(layer, column)) < 1e-3F);
    }
    const Json& ends = golden.json.at("ends").at(name);
    QVERIFY(std::abs(result->cleanValue - ends[0].get<float>()) < 1e-3F);
    if (mode != QStringLiteral("zero")) QVERIFY(std::abs(result->corruptValue - ends[1].get<float>()) < 1e-3F);
  }
}

void PatchGridTest::aCellIsAnActivationPatch() {
  PatchGridRequest request = smallRequest();
  request.answer = " Paris";
  request.wrong = " Rome";
  request.metric = GridMetric::Probability;
  const auto grid = run(request);
  QVERIFY(grid.hasValue());
  JobContext context;
  for (const auto& [layer, token] : std::vector<std::pair<int, int>>{{2, 3}, {17, 3}, {25, 4}}) {
    PatchRequest patch;
    patch.source = request.clean;
    patch.target = request.corrupt;
    patch.sourceToken = patch.targetToken = token;
    patch.sourceLayer = patch.targetLayer = layer;
    patch.topK = 200;
    patch.continueTokens = 1;
    const auto one = runPatch(defaultModel(), patch, context);
    QVERIFY(one.hasValue());
    const auto found =
        std::ranges::find(one->patched, grid->answer.id, [](const RankedToken& t) { return t.token.id; });
    QVERIFY(found != one->patched.end());
    QVERIFY(std::abs(found->p - grid->values.at(layer, token)) < 1e-4F);
  }
}

void PatchGridTest::patchingARunIntoItselfChangesNothing() {
  for (const char* site : {"resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post", "head_out"}) {
    PatchGridRequest request = smallRequest();
    request.corrupt = request.clean;
    request.answer = " Paris";
    request.wrong = " Rome";
    request.site = site;
    const auto grid = run(request);
    QVERIFY(grid.hasValue());
    for (const float value : grid->values.values()) QVERIFY(std::abs(value - grid->cleanValue) < 5e-5F);
    QCOMPARE(grid->warnings.size(), std::size_t{1});  // there is nothing to restore
  }
}

void PatchGridTest::aPartOfTheGridIsThatPartOfTheWhole() {
  PatchGridRequest request = smallRequest();
  const auto whole = run(request);
  request.layers = {4, 20, 29};
  request.tokens = {-1, 3};
  const auto part = run(request);
  QVERIFY(whole.hasValue() && part.hasValue());
  QCOMPARE(part->columns, (std::vector<int>{4, 3}));
  for (std::int64_t row = 0; row < 3; ++row) {
    const int layer = part->layers[static_cast<std::size_t>(row)];
    QVERIFY(std::abs(part->values.at(row, 0) - whole->values.at(layer, 4)) < 1e-4F);
    QVERIFY(std::abs(part->values.at(row, 1) - whole->values.at(layer, 3)) < 1e-4F);
  }
}

void PatchGridTest::promptsOfDifferentLengthAreAligned() {
  QCOMPARE(alignTokens({1, 2, 3, 4}, {1, 9, 3, 4}), (std::vector<int>{0, 1, 2, 3}));
  QCOMPARE(alignTokens({1, 2, 3, 4}, {1, 7, 8, 3, 4}), (std::vector<int>{0, -1, 3, 4}));
  QCOMPARE(alignTokens({1, 2, 3}, {1, 2}), (std::vector<int>{0, 1, -1}));
  QCOMPARE(alignTokens({5, 5}, {5, 5, 5}), (std::vector<int>{0, 1}));
  PatchGridRequest request = smallRequest();
  request.corrupt = Prompt::plain("The capital of the old Italy is");
  request.answer = " Paris";
  request.wrong = " Rome";
  const auto grid = run(request);
  QVERIFY(grid.hasValue());
  QCOMPARE(grid->values.extent(1), std::int64_t{7});
  for (std::int64_t token = 0; token < 7; ++token)
    QCOMPARE(std::isnan(grid->values.at(10, token)), grid->alignment[static_cast<std::size_t>(token)] < 0);
  // Heads are exchanged at the last tokens, whatever these are.
  request.site = "head_out";
  request.corrupt = Prompt::plain("The capital of the old Italy was");
  const auto heads = run(request);
  QVERIFY(heads.hasValue());
  for (const float value : heads->values.values()) QVERIFY(!std::isnan(value));
  // The last token's last state brings the clean answer along.
  QVERIFY(std::abs(grid->values.at(29, 6) - grid->cleanValue) < 5e-5F);
  QVERIFY(!grid->warnings.empty());
}

void PatchGridTest::answersAreChosenWhenNoneIsGiven() {
  const auto grid = run(smallRequest());
  QVERIFY(grid.hasValue());
  QCOMPARE(grid->answer.text, std::string(" Paris"));
  QVERIFY(grid->wrong.id != grid->answer.id);
  PatchGridRequest knockOut = smallRequest();
  knockOut.mode = GridMode::Zero;
  knockOut.site = "head_out";
  const auto heads = run(knockOut);
  QVERIFY(heads.hasValue());
  QCOMPARE(heads->answer.text, std::string(" Paris"));
  QVERIFY(heads->wrong.id != heads->answer.id);
  QCOMPARE(heads->cleanValue, heads->corruptValue);
  QVERIFY(heads->areHeads);
}

void PatchGridTest::theMeanOfOneTextIsItsMean() {
  const at::InferenceMode inference;
  LanguageModel& model = defaultModel();
  PatchGridRequest request = smallRequest();
  request.mode = GridMode::Mean;
  request.site = "mlp_out";
  request.layers = {12};
  request.tokens = {3};
  request.meanTexts = {"A short text about the weather."};
  const auto grid = run(request);
  QVERIFY(grid.hasValue());
  const auto ids = *model.text.encode(Prompt::plain(request.meanTexts.front()));
  const CapturedRun other = captureResiduals(model, ids, JobContext(), Site::MlpOut);
  HookPlan plan;
  plan.addEdit({.site = Site::MlpOut,
                .layer = 12,
                .firstToken = 3,
                .lastToken = 3,
                .apply = edits::replaceBy(other.values[12].narrow(0, 1, other.tokens() - 1).mean(0))});
  const Distribution expected = lastLogits(model, *model.text.encode(request.clean), plan);
  QVERIFY(std::abs(grid->values.at(0, 0) - (expected.logit(grid->answer.id) - expected.logit(grid->wrong.id))) < 1e-4F);
}

void PatchGridTest::cellsStreamAsTheyStandInTheResult() {
  PatchGridRequest request = smallRequest();
  std::map<int, float> streamed;
  JobContext context;
  const auto grid = runPatchGrid(defaultModel(), request, context,
                                 [&](const StreamedTokens& cell) { streamed[cell.lane] = cell.value; });
  QVERIFY(grid.hasValue());
  QCOMPARE(streamed[kCleanLane], grid->cleanValue);
  QCOMPARE(streamed[kCorruptLane], grid->corruptValue);
  streamed.erase(streamed.begin(), streamed.lower_bound(0));
  QCOMPARE(streamed.size(), grid->values.values().size());
  for (const auto& [cell, value] : streamed) QCOMPARE(value, grid->values.values()[static_cast<std::size_t>(cell)]);
}

void PatchGridTest::resultsRoundTripThroughTheirDocument() {
  PatchGridRequest request = smallRequest();
  request.layers = {3, 9};
  const auto grid = run(request);
  QVERIFY(grid.hasValue());
  const auto again = PatchGridResult::fromDocument(grid->toDocument());
  QVERIFY(again.hasValue());
  QVERIFY(*again == *grid);
  ResultDocument broken = grid->toDocument();
  broken.body["columns"] = {0, 1, 2, 3, 99};
  QVERIFY(PatchGridResult::fromDocument(broken).isError());
  broken = grid->toDocument();
  broken.arrays.clear();
  QVERIFY(PatchGridResult::fromDocument(broken).isError());
  for (const auto& [field, value] : std::vector<std::pair<const char*, Json>>{{"heads", true},
                                                                              {"alignment", {0, 1, 2, 3, 77}},
                                                                              {"alignment", {0, 1, 2, 3, -2}},
                                                                              {"layers", {3, -9}},
                                                                              {"corrupt_tokens", Json::array()},
                                                                              {"site", 5}}) {
    broken = grid->toDocument();
    broken.body[field] = value;
    QVERIFY2(PatchGridResult::fromDocument(broken).isError(), field);
  }
  QVERIFY(Json(request).get<PatchGridRequest>() == request);
}

void PatchGridTest::wrongRequestsAreNamed() {
  const auto codeOf = [](PatchGridRequest request) {
    const auto result = run(request);
    return result.isError() ? result.error().code : std::string("none");
  };
  PatchGridRequest request = smallRequest();
  request.site = "q";
  QCOMPARE(codeOf(request), std::string("GRID-01"));
  request = smallRequest();
  request.mode = GridMode::Mean;
  QCOMPARE(codeOf(request), std::string("GRID-02"));
  request = smallRequest();
  request.site = "head_out";
  request.allTokens = true;
  request.corrupt = Prompt::plain("The capital is");
  QCOMPARE(codeOf(request), std::string("GRID-03"));
  request = smallRequest();
  request.answer = request.wrong = " Paris";
  QCOMPARE(codeOf(request), std::string("GRID-04"));
  request = smallRequest();
  request.tokens = {9};
  QCOMPARE(codeOf(request), std::string("PLACE-02"));
  request = smallRequest();
  request.layers = {30};
  QCOMPARE(codeOf(request), std::string("PLACE-03"));
}

QTEST_APPLESS_MAIN(PatchGridTest)
#include "tst_patch_grid.moc"
