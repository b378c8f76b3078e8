#include <QtTest>

#include "core/analysis/captured_run.h"
#include "core/model/weight_names.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// What must hold for every model, whatever its weights.
class ModelLaws : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void tinyModelsGiveTheReferencesLogits();
  void cachedEqualsUncached();
  void editsThatChangeNothingChangeNothing();
  void everyEditKindChangesTheAnswer();
  void aCancelledRunLeavesTheModelAsItWas();
  void aFailedEditLeavesTheModelAsItWas();
  void productsFromTheFileEqualTheDenseProduct();
  void anEndedAnswerLeavesOutItsEndToken();
  void tooLittleMemoryIsRefusedWithBothNumbers();
  void rotaryOrderIsAPermutation();
  void samplingFollowsItsSeed();
};

namespace {

const std::vector<std::int32_t> kIds = {504, 3575, 282, 4649, 314};

Edit residualEdit(int layer, std::function<at::Tensor(const at::Tensor&)> apply) {
  return {
      .site = Site::ResidPost, .layer = layer, .firstToken = 1, .lastToken = {}, .head = {}, .apply = std::move(apply)};
}

}  // namespace

void ModelLaws::tinyModelsGiveTheReferencesLogits() {
  const at::InferenceMode inference;
  for (const std::string name : {"grouped", "tied"}) {
    const auto model = tinyModel(name);
    const Golden golden = readGolden("tiny/" + name + "_reference");
    const auto sequences = golden.json.at("sequences").get<std::vector<std::vector<std::int32_t>>>();
    QCOMPARE(sequences.size(), std::size_t{3});
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const CapturedRun run = captureResiduals(*model, sequences[i], JobContext());
      const at::Tensor logits =
          model->transformer->unembed(model->transformer->finalNorm(run.residuals[run.layers() - 1]));
      const HostArray& expected = golden.array(std::to_string(i) + ".logits");
      const at::Tensor flat = logits.contiguous();
      QCOMPARE(flat.numel(), expected.size());
      for (std::int64_t v = 0; v < flat.numel(); ++v)
        QVERIFY2(std::abs(flat.const_data_ptr<float>()[v] - expected.values()[static_cast<std::size_t>(v)]) < 1e-4,
                 name.c_str());
    }
    for (const Json& text : golden.json.at("texts")) {
      const auto ids = model->text.encode(Prompt::plain(text.at("text").get<std::string>()));
      QVERIFY(ids.hasValue());
      QCOMPARE(*ids, text.at("ids").get<std::vector<std::int32_t>>());
    }
  }
}

void ModelLaws::cachedEqualsUncached() {
  LanguageModel& model = defaultModel();
  JobContext context;
  const auto made = generate(model, kIds, greedy(12), {}, context);
  QVERIFY(made.hasValue());
  std::vector<std::int32_t> grown = kIds;
  for (const GeneratedToken& token : made->generation.tokens) {
    const Distribution whole = lastLogits(model, grown);
    QCOMPARE(whole.best(), token.token.id);
    QVERIFY(std::abs(whole.probability(token.token.id) - token.p) < 1e-4F);
    grown.push_back(token.token.id);
  }
}

void ModelLaws::editsThatChangeNothingChangeNothing() {
  LanguageModel& model = defaultModel();
  const Distribution plain = lastLogits(model, kIds);
  const at::InferenceMode inference;
  const CapturedRun run = captureResiduals(model, kIds, JobContext());
  for (const int layer : {0, 7, 14, 22, 29}) {
    HookPlan self, none, whole;
    self.addEdit(residualEdit(layer, edits::replaceBy(run.residuals[layer].narrow(0, 1, 4))));
    none.addEdit(residualEdit(layer, edits::addScaled(at::randn({model.card.width}), 0, true)));
    whole.addEdit(residualEdit(layer, edits::scaleBy(1)));
    QVERIFY(largestDifference(lastLogits(model, kIds, self).logits(), plain.logits()) < 5e-5);
    QVERIFY(at::equal(lastLogits(model, kIds, none).logits(), plain.logits()));
    QVERIFY(at::equal(lastLogits(model, kIds, whole).logits(), plain.logits()));
  }
}

void ModelLaws::everyEditKindChangesTheAnswer() {
  LanguageModel& model = defaultModel();
  const at::InferenceMode inference;
  const Distribution plain = lastLogits(model, kIds);
  const at::Tensor direction = at::ones({model.card.width});
  const std::vector<std::function<at::Tensor(const at::Tensor&)>> kinds = {
      edits::replaceBy(at::zeros({model.card.width})),
      edits::addScaled(direction, 3, false),
      edits::addScaled(direction, 3, true),
      edits::scaleBy(0),
      edits::scaleBy(1.5),
      edits::projectOut(direction),
      edits::affine(at::eye(model.card.width) * 0.5, direction)};
  for (const auto& kind : kinds) {
    HookPlan plan;
    plan.addEdit(residualEdit(10, kind));
    QVERIFY(largestDifference(lastLogits(model, kIds, plan).logits(), plain.logits()) > 1e-2);
  }
  for (const SiteFact& fact : allSites()) {
    if (fact.site == Site::Logits || fact.site == Site::FinalNorm) continue;
    HookPlan plan;
    plan.addEdit(
        {.site = fact.site, .layer = 10, .firstToken = 0, .lastToken = {}, .head = {}, .apply = edits::scaleBy(0)});
    QVERIFY2(largestDifference(lastLogits(model, kIds, plan).logits(), plain.logits()) > 1e-3,
             std::string(fact.name).c_str());
  }
  HookPlan kept;
  kept.addEdit(residualEdit(10, edits::addScaled(direction, 3, true)));
  kept.observe(Site::ResidPost, 10, [&](const Observation& seen) {
    const CapturedRun run = captureResiduals(model, kIds, JobContext());
    QVERIFY(largestDifference(seen.value[0].norm(2, {-1}), run.residuals[10].norm(2, {-1})) < 1e-2);
  });
  (void)lastLogits(model, kIds, kept);
}

void ModelLaws::aCancelledRunLeavesTheModelAsItWas() {
  LanguageModel& model = defaultModel();
  const Distribution before = lastLogits(model, kIds);
  JobContext context;
  HookPlan plan;
  plan.addEdit(residualEdit(5, edits::scaleBy(2)));
  plan.observe(Site::ResidPost, 12, [&](const Observation&) { context.cancel(); });
  bool wasStopped = false;
  try {
    (void)generate(model, kIds, greedy(8), plan, context);
  } catch (const Stopped&) {
    wasStopped = true;
  }
  QVERIFY(wasStopped);
  QVERIFY(at::equal(lastLogits(model, kIds).logits(), before.logits()));
}

void ModelLaws::aFailedEditLeavesTheModelAsItWas() {
  LanguageModel& model = defaultModel();
  const Distribution before = lastLogits(model, kIds);
  HookPlan plan;
  plan.addEdit(residualEdit(5, edits::replaceBy(at::zeros({7}))));
  bool hasFailed = false;
  try {
    (void)lastLogits(model, kIds, plan);
  } catch (const std::exception&) {
    hasFailed = true;
  }
  QVERIFY(hasFailed);
  QVERIFY(at::equal(lastLogits(model, kIds).logits(), before.logits()));
}

void ModelLaws::productsFromTheFileEqualTheDenseProduct() {
  const at::InferenceMode inference;
  const BlockWeights& block = defaultModel().transformer->weights().blocks[3];
  const Linear& head = defaultModel().transformer->weights().unembedding;
  for (const Linear* linear : {&block.qkv, &block.output, &block.gateUp, &block.down, &head}) {
    const at::Tensor x = at::randn({40, linear->inputs()});
    const at::Tensor dense = at::linear(x, linear->dense());
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 16, 33, 40}) {
      const at::Tensor few = (*linear)(x.narrow(0, 0, rows).contiguous());
      QVERIFY(largestDifference(few, dense.narrow(0, 0, rows)) < 2e-4 * dense.abs().max().item<double>());
    }
  }
}

void ModelLaws::anEndedAnswerLeavesOutItsEndToken() {
  LanguageModel& model = defaultModel();
  Prompt chat;
  chat.isChat = true;
  chat.addGenerationPrompt = true;
  chat.messages = {{.role = "user", .content = "Say only the word yes."}};
  JobContext context;
  Sampling sampling = greedy(60);
  sampling.stopAtEndToken = true;
  const auto made = generate(model, *model.text.encode(chat), sampling, {}, context);
  QVERIFY(made.hasValue() && made->generation.endedItself);
  QVERIFY(made->generation.tokens.back().token.text.find("<|im_end|>") != std::string::npos);
  QVERIFY(made->generation.text.find("<|im_end|>") == std::string::npos);
  QVERIFY(!made->generation.text.empty());
}

void ModelLaws::tooLittleMemoryIsRefusedWithBothNumbers() {
  const LanguageModel& model = defaultModel();
  const auto refused = refuseForMemory(*model.checkpoint, {}, 10'000'000);
  QVERIFY(refused.has_value());
  QCOMPARE(refused->code, std::string("MEM-02"));
  QVERIFY(refused->found.find("0.0 GB") != std::string::npos);
  QVERIFY(refused->expected.find("GB") != std::string::npos);
  QVERIFY(!refuseForMemory(*model.checkpoint, {}, std::int64_t{64} << 30).has_value());
  QVERIFY(!refuseForMemory(*model.checkpoint, {}, 0).has_value());
}

void ModelLaws::rotaryOrderIsAPermutation() {
  auto order = rotaryRowOrder(3, 8);
  QCOMPARE(order[1], 2);  // our second row of the first half is the file's third
  QCOMPARE(order[4], 1);  // our first row of the second half is the file's second
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) QCOMPARE(order[i], static_cast<std::int32_t>(i));
}

void ModelLaws::samplingFollowsItsSeed() {
  Sampling sampling = greedy(12);
  sampling.temperature = 1.2F;
  sampling.topK = 40;
  sampling.topP = 0.9F;
  sampling.seed = 7;
  JobContext context;
  const auto first = generate(defaultModel(), kIds, sampling, {}, context);
  const auto again = generate(defaultModel(), kIds, sampling, {}, context);
  sampling.seed = 8;
  const auto other = generate(defaultModel(), kIds, sampling, {}, context);
  QCOMPARE(idsOf(first->generation), idsOf(again->generation));
  QVERIFY(idsOf(first->generation) != idsOf(other->generation));
}

QTEST_APPLESS_MAIN(ModelLaws)
#include "tst_model_laws.moc"
