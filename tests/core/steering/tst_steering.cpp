#include <QtTest>

#include <QTemporaryDir>
#include <fstream>

#include "core/model/steering_edits.h"
#include "core/steering/steer.h"
#include "core/steering/vector_file.h"
#include "core/steering/vector_maker.h"
#include "core/tensor/host_copy.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Vectors are made, stored and applied as design section 10 says.
class SteeringTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void vectorEqualsTheReference();
  void zeroStrengthIsPlain();
  void strengthChangesTheTextAndItsPrice();
  void tooMuchStrengthIsSaid();
  void positionZeroIsLeftAlone();
  void plainContinuationIsUsedAgain();
  void filesRoundTrip();
  void damagedFilesAreRefused();
  void aVectorForAnotherModelIsRefused();
  void emptyListsAreNamed();
};

namespace {

SteeringVector happyVector() {
  JobContext context;
  auto vector = makeVector(defaultModel(),
                           {.model = {},
                            .name = "happy",
                            .positives = {"I am so happy and glad today"},
                            .negatives = {"I am so sad and tired today"},
                            .read = ReadPosition::LastToken},
                           context);
  return std::move(vector).value();
}

SteerRequest request(float strength) {
  SteerRequest steer;
  steer.prompt = Prompt::plain("When I walked into the room, I felt");
  steer.vector = std::make_shared<const SteeringVector>(happyVector());
  steer.setting.layers = {14};
  steer.setting.strength = strength;
  steer.sampling = greedy(16);
  return steer;
}

}  // namespace

void SteeringTest::vectorEqualsTheReference() {
  const Golden golden = readGolden("model/steering_golden");
  const SteeringVector vector = happyVector();
  QCOMPARE(vector.layers(), 30);
  const auto row = vector.rows.row(golden.json.at("layer").get<int>());
  QVERIFY(relativeDifference(row, golden.array("vector").values(), row.size()) < 1e-3);
  QCOMPARE(vector.meanNorms.size(), std::int64_t{30});
  QVERIFY(vector.meanNorms.at(20) > 50 && vector.meanNorms.at(20) < 1000);
}

void SteeringTest::zeroStrengthIsPlain() {
  JobContext context;
  std::optional<PlainContinuation> plain;
  const auto result = runSteer(defaultModel(), request(0), context, plain);
  QVERIFY(result.hasValue());
  QVERIFY(result->plain == result->steered);
  QCOMPARE(result->shareOfNorm, 0.0F);
  QVERIFY(result->klFirstBits < 1e-6F);
}

void SteeringTest::strengthChangesTheTextAndItsPrice() {
  JobContext context;
  std::optional<PlainContinuation> plain;
  const auto mild = runSteer(defaultModel(), request(1), context, plain);
  const auto strong = runSteer(defaultModel(), request(4), context, plain);
  QVERIFY(mild->steered.text != mild->plain.text);
  QVERIFY(strong->steeredPerplexity > strong->plainPerplexity);
  QVERIFY(std::abs(strong->shareOfNorm - 4 * mild->shareOfNorm) < 1e-4F);
  const Golden golden = readGolden("model/steering_golden");
  for (const Json& run : golden.json.at("runs")) {
    if (run.at("name") == "one") QCOMPARE(idsOf(mild->steered), run.at("greedy_ids").get<std::vector<std::int32_t>>());
    if (run.at("name") == "four")
      QCOMPARE(idsOf(strong->steered), run.at("greedy_ids").get<std::vector<std::int32_t>>());
  }
}

void SteeringTest::tooMuchStrengthIsSaid() {
  JobContext context;
  std::optional<PlainContinuation> plain;
  QVERIFY(runSteer(defaultModel(), request(0.5F), context, plain)->warnings.empty());
  const auto wild = runSteer(defaultModel(), request(40), context, plain);
  QCOMPARE(wild->warnings.size(), std::size_t{1});
  QVERIFY(wild->warnings.front().find("smaller strength") != std::string::npos);
}

void SteeringTest::positionZeroIsLeftAlone() {
  const SteeringVector vector = happyVector();
  for (const SteerTokens tokens :
       {SteerTokens::All, SteerTokens::PromptOnly, SteerTokens::GeneratedOnly, SteerTokens::LastOnly}) {
    SteerSetting setting;
    setting.layers = {14};
    setting.tokens = tokens;
    HookPlan plan;
    QVERIFY(addSteering(plan, defaultModel(), vector, setting, 5).hasValue());
    const at::InferenceMode inference;
    const at::Tensor zeros = at::zeros({1, 8, 576});
    const at::Tensor changed = plan.at(Site::ResidPost, 14, zeros, 0).norm(2, {-1})[0];
    std::vector<bool> touched;
    for (int t = 0; t < 8; ++t) touched.push_back(changed[t].item<float>() > 0);
    const std::vector<bool> expected =
        tokens == SteerTokens::All             ? std::vector<bool>{false, true, true, true, true, true, true, true}
        : tokens == SteerTokens::PromptOnly    ? std::vector<bool>{false, true, true, true, true, false, false, false}
        : tokens == SteerTokens::GeneratedOnly ? std::vector<bool>{false, false, false, false, false, true, true, true}
                                               : std::vector<bool>{false, false, false, false, true, true, true, true};
    QCOMPARE(touched, expected);
  }
}

void SteeringTest::plainContinuationIsUsedAgain() {
  JobContext context;
  std::optional<PlainContinuation> plain;
  const auto first = runSteer(defaultModel(), request(1), context, plain);
  QVERIFY(plain.has_value());
  int lanes = 0;
  const auto second = runSteer(defaultModel(), request(2), context, plain,
                               [&](const StreamedTokens& tokens) { lanes += tokens.lane == 0 ? 1 : 0; });
  QCOMPARE(lanes, 1);
  QVERIFY(first->plain == second->plain);
}

void SteeringTest::filesRoundTrip() {
  const QTemporaryDir folder;
  const std::string path = folder.filePath(QStringLiteral("happy.safetensors")).toStdString();
  SteeringVector vector = happyVector();
  QVERIFY(writeVector(path, vector).hasValue());
  const auto again = readVector(path);
  QVERIFY2(again.hasValue(), again.isError() ? again.error().message().c_str() : "");
  vector.model.path.clear();
  QVERIFY(*again == vector);
  QCOMPARE(writeVector("/nonexistent/x.safetensors", vector).error().code, std::string("OUT-01"));
}

void SteeringTest::damagedFilesAreRefused() {
  const QTemporaryDir folder;
  const std::string path = folder.filePath(QStringLiteral("v.safetensors")).toStdString();
  QVERIFY(writeVector(path, happyVector()).hasValue());
  std::ifstream stream(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(stream)), {});
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{200}, whole.size() - 1}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(whole.data(), static_cast<std::streamsize>(size));
    const auto read = readVector(path);
    QVERIFY(read.isError());
    QVERIFY(!read.error().file.empty());
  }
  ArrayFile notVector{.arrays = {{"rows", HostArray({1, 2}, {"layer", "width"}, "", {1, 2})}}, .metadata = {}};
  QVERIFY(writeSafetensors(path, notVector).hasValue());
  QCOMPARE(readVector(path).error().code, std::string("VEC-05"));
}

void SteeringTest::aVectorForAnotherModelIsRefused() {
  SteeringVector vector = happyVector();
  vector.rows = HostArray({2, 3}, {"layer", "width"}, "", std::vector<float>(6));
  HookPlan plan;
  const auto refused = addSteering(plan, defaultModel(), vector, {}, 4);
  QCOMPARE(refused.error().code, std::string("VEC-03"));
  QVERIFY(refused.error().found.find("width 3") != std::string::npos);
}

void SteeringTest::emptyListsAreNamed() {
  JobContext context;
  QCOMPARE(makeVector(defaultModel(), {}, context).error().code, std::string("VEC-01"));
  const auto blank = makeVector(
      defaultModel(),
      {.model = {}, .name = {}, .positives = {"a", ""}, .negatives = {"b"}, .read = ReadPosition::LastToken}, context);
  QCOMPARE(blank.error().code, std::string("VEC-02"));
  QCOMPARE(blank.error().field, std::string("positives 2"));
}

QTEST_APPLESS_MAIN(SteeringTest)
#include "tst_steering.moc"
