#include <QtTest>

#include "core/analysis/capture.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// The default model against `transformers` in float32 (tests/golden/model).
class ModelGolden : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void promptsGiveTheReferencesLogits();
  void residualsAfterEveryBlock();
  void greedyTokensAreTheReferences();
  void everySiteHoldsTheReferencesValue();
  void steeredTokensAreTheReferences();
};

void ModelGolden::promptsGiveTheReferencesLogits() {
  const Golden golden = readGolden("model/prompts_golden");
  const auto sampled = golden.json.at("sampled_ids").get<std::vector<std::int64_t>>();
  QCOMPARE(golden.json.at("prompts").size(), std::size_t{12});
  for (const Json& entry : golden.json.at("prompts")) {
    const auto name = entry.at("name").get<std::string>();
    const auto ids = defaultModel().text.encode(Prompt::plain(entry.at("text").get<std::string>()));
    QVERIFY2(ids.hasValue(), name.c_str());
    QCOMPARE(*ids, entry.at("ids").get<std::vector<std::int32_t>>());
    const double difference = logitDifference(lastLogits(defaultModel(), *ids), golden, entry, name, sampled);
    QVERIFY2(difference < 5e-4, (name + ": " + std::to_string(difference)).c_str());
  }
}

void ModelGolden::residualsAfterEveryBlock() {
  const Golden golden = readGolden("model/prompts_golden");
  const at::InferenceMode inference;
  for (const Json& entry : golden.json.at("prompts")) {
    const auto name = entry.at("name").get<std::string>();
    const CapturedRun run =
        captureResiduals(defaultModel(), entry.at("ids").get<std::vector<std::int32_t>>(), JobContext());
    const at::Tensor norms = run.residuals.norm(2, {-1}).contiguous();
    const HostArray& expected = golden.array(name + ".resid_post_norms");
    QCOMPARE(norms.numel(), expected.size());
    for (std::int64_t i = 0; i < expected.size(); ++i) {
      const double relative =
          std::abs(norms.const_data_ptr<float>()[i] / expected.values()[static_cast<std::size_t>(i)] - 1);
      QVERIFY2(relative < 1e-3, (name + " norm " + std::to_string(i)).c_str());
    }
    if (!entry.contains("vector_tokens")) continue;
    const auto places = entry.at("vector_tokens").get<std::vector<std::int64_t>>();
    const at::Tensor chosen =
        run.residuals.index_select(1, at::tensor(at::ArrayRef<std::int64_t>(places))).contiguous();
    const double difference =
        relativeDifference({chosen.const_data_ptr<float>(), static_cast<std::size_t>(chosen.numel())},
                           golden.array(name + ".resid_post").values(), static_cast<std::size_t>(chosen.size(2)));
    QVERIFY2(difference < 1e-3, (name + ": " + std::to_string(difference)).c_str());
  }
}

void ModelGolden::greedyTokensAreTheReferences() {
  const Golden golden = readGolden("model/prompts_golden");
  JobContext context;
  for (const Json& entry : golden.json.at("prompts")) {
    const auto made =
        generate(defaultModel(), entry.at("ids").get<std::vector<std::int32_t>>(), greedy(16), {}, context);
    QVERIFY(made.hasValue());
    QCOMPARE(idsOf(made->generation), entry.at("greedy_ids").get<std::vector<std::int32_t>>());
    QCOMPARE(made->generation.text, entry.at("greedy_text").get<std::string>());
  }
}

void ModelGolden::everySiteHoldsTheReferencesValue() {
  const Golden golden = readGolden("model/sites_golden");
  const auto layers = golden.json.at("layers").get<std::vector<int>>();
  CaptureRequest request{
      .ids = golden.json.at("ids").get<std::vector<std::int32_t>>(), .sites = {}, .layers = layers, .tokens = {}};
  for (const SiteFact& fact : allSites())
    if (fact.site != Site::Logits) request.sites.push_back(fact.site);
  const auto captured = captureSites(defaultModel(), request, JobContext());
  QVERIFY(captured.hasValue());
  for (const auto& [name, array] : *captured) {
    const SiteFact& fact = factOf(*siteByName(name));
    for (std::size_t i = 0; i < (fact.perLayer ? layers.size() : 1); ++i) {
      const std::string key = fact.perLayer ? "L" + std::to_string(layers[i]) + "." + name : name;
      const auto found = fact.perLayer ? array.row(static_cast<std::int64_t>(i)) : array.values();
      const double difference =
          relativeDifference(found, golden.array(key).values(), static_cast<std::size_t>(array.shape().back()));
      QVERIFY2(difference < 1e-3, (key + ": " + std::to_string(difference)).c_str());
    }
  }
}

void ModelGolden::steeredTokensAreTheReferences() {
  const Golden golden = readGolden("model/steering_golden");
  const auto layer = golden.json.at("layer").get<int>();
  const auto prompt = golden.json.at("prompt_ids").get<std::vector<std::int32_t>>();
  const HostArray& stored = golden.array("vector");
  const at::Tensor vector = at::tensor(at::ArrayRef<float>(stored.values().data(), stored.values().size()));
  const auto sampled =
      readGolden("model/prompts_golden", false).json.at("sampled_ids").get<std::vector<std::int64_t>>();
  JobContext context;
  for (const Json& run : golden.json.at("runs")) {
    HookPlan plan;
    plan.addEdit(
        {.site = Site::ResidPost,
         .layer = layer,
         .firstToken = 1,
         .lastToken = {},
         .head = {},
         .apply = edits::addScaled(vector, run.at("strength").get<double>(), run.at("keep_norm").get<bool>())});
    const auto made = generate(defaultModel(), prompt, greedy(16), plan, context);
    QVERIFY(made.hasValue());
    const auto name = run.at("name").get<std::string>();
    QVERIFY2(logitDifference(made->first, golden, run, name, sampled) < 5e-4, name.c_str());
    QCOMPARE(idsOf(made->generation), run.at("greedy_ids").get<std::vector<std::int32_t>>());
  }
}

QTEST_APPLESS_MAIN(ModelGolden)
#include "tst_model_golden.moc"
