#include <QtTest>

#include <random>
#include <set>

#include "core/analysis/patchscope.h"
#include "core/analysis/sweep.h"
#include "core/data/presets.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// The sweep against one whole pass a variant.
class SweepTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void equalsOneAtATime_data();
  void equalsOneAtATime();
  void severalPromptsGoTogether();
  void topTokensAndDivergenceAreTheDistributions();
  void anEditThatChangesNothingGivesTheBaseRun();
  void anEditBehindTheAnswerGivesTheBaseRun();
  void variantsCanBeContinued();
  void everyVariantComesOnceAndTheTopLayersFirst();
  void stopEndsIt();
};

namespace {

/// Every place a sweep can write at, with the width of what one edit replaces.
struct EditSite {
  Site site;
  bool hasHeads;
  [[nodiscard]] bool isStream() const {
    return site == Site::Embed || site == Site::ResidPre || site == Site::ResidMid || site == Site::ResidPost;
  }
};
const std::vector<EditSite> kSites{{Site::Embed, false},    {Site::ResidPre, false}, {Site::Q, true},
                                   {Site::K, true},         {Site::V, true},         {Site::AttnPattern, true},
                                   {Site::Z, true},         {Site::HeadOut, true},   {Site::AttnOut, false},
                                   {Site::ResidMid, false}, {Site::MlpAct, false},   {Site::MlpOut, false},
                                   {Site::ResidPost, false}};

class RandomEdits {
public:
  /// Variants of one to three edits each.
  RandomEdits(const LanguageModel& model, std::int64_t tokens, unsigned seed)
      : m_config(model.transformer->config()), m_tokens(tokens), m_random(seed) {}

  Variant variant() {
    Variant made;
    for (std::int64_t count = 1 + below(3); count > 0; --count) made.edits.push_back(edit());
    return made;
  }

private:
  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(m_random() % static_cast<std::uint64_t>(end));
  }

  Edit edit() {
    const EditSite& place = kSites[static_cast<std::size_t>(below(std::ssize(kSites)))];
    Edit edit{.site = place.site,
              .layer = static_cast<int>(below(m_config.layers)),
              .firstToken = below(m_tokens),
              .lastToken = {},
              .apply = {}};
    if (below(4) > 0) edit.lastToken = edit.firstToken + below(m_tokens - edit.firstToken);
    const bool isKey = place.site == Site::K || place.site == Site::V;
    if (place.hasHeads && below(3) > 0)
      edit.head = static_cast<int>(below(isKey ? m_config.keyValueHeads : m_config.heads));
    // An empty residual stream, or one of noise, would make the model chaotic: two plain passes of the same numbers,
    // with and without cache, then differ by more than 1e-4.
    const std::int64_t kind = place.site == Site::AttnPattern ? below(2) : below(3);
    if (kind == 0) edit.apply = edits::scaleBy(place.isStream() ? 0.5 : 0);
    if (kind == 1) edit.apply = edits::scaleBy(1.7);
    if (kind == 2) edit.apply = edits::addScaled(at::randn({widthOf(place.site)}), 0.5, false);
    return edit;
  }

  [[nodiscard]] std::int64_t widthOf(Site site) const {
    switch (site) {
      case Site::Q:
      case Site::K:
      case Site::V:
      case Site::Z: return m_config.headWidth;
      case Site::MlpAct: return m_config.mlpWidth;
      default: return m_config.width;
    }
  }

  const ModelConfig& m_config;
  std::int64_t m_tokens;
  std::mt19937 m_random;
};

Distribution oneAtATime(LanguageModel& model, const std::vector<std::int32_t>& ids, const Variant& variant) {
  HookPlan plan;
  for (const Edit& edit : variant.edits) plan.addEdit(edit);
  return lastLogits(model, ids, plan);
}

std::vector<std::int32_t> someIds(const LanguageModel& model) {
  std::vector<std::int32_t> ids;
  const int step = std::max(1, model.card.vocabulary / 40);
  for (int id = 3; id < model.card.vocabulary; id += step) ids.push_back(id);
  return ids;
}

/// Of |a - b| / max(1, |b|): wild edits make large logits.
double largestLogitDifference(const SweptCell& cell, const std::vector<std::int32_t>& asked,
                              const Distribution& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < asked.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(cell.askedLogits[i]) - expected.logit(asked[i])) /
                                    std::max(1.0F, std::abs(expected.logit(asked[i]))));
  return largest;
}

std::vector<SweptCell> swept(LanguageModel& model, std::span<const CapturedRun> bases,
                             const std::vector<Variant>& variants, const SweepReadOut& wanted) {
  JobContext context;
  std::vector<SweptCell> cells(variants.size());
  sweep(model, bases, variants, wanted, context, [&](std::vector<SweptCell> part) {
    for (SweptCell& cell : part) cells[cell.variant] = std::move(cell);
  });
  return cells;
}

const char* kText = "The young doctor from Japan said that she now usually speaks in";

/// The default model's own run of `kText`.
struct PlainRun {
  LanguageModel& model;
  std::vector<std::int32_t> ids;
  CapturedRun base;
};

PlainRun plainRun() {
  LanguageModel& model = defaultModel();
  const auto ids = *model.text.encode(Prompt::plain(kText));
  return {model, ids, captureResiduals(model, ids, JobContext())};
}

}  // namespace

void SweepTest::equalsOneAtATime_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("count");
  QTest::newRow("grouped heads of another width, untied") << "grouped" << 500;
  QTest::newRow("ungrouped heads, tied") << "tied" << 500;
  QTest::newRow("the default model") << "" << 250;
}

void SweepTest::equalsOneAtATime() {
  QFETCH(QString, name);
  QFETCH(int, count);
  const at::InferenceMode inference;
  at::manual_seed(5);
  const auto tiny = name.isEmpty() ? nullptr : tinyModel(name.toStdString());
  LanguageModel& model = tiny ? *tiny : defaultModel();
  auto ids = *model.text.encode(Prompt::plain(kText));
  if (ids.size() > 20) ids.resize(20);
  const CapturedRun base = captureResiduals(model, ids, JobContext());
  RandomEdits random(model, base.tokens(), 11);
  std::vector<Variant> variants;
  for (int i = 0; i < count; ++i) variants.push_back(random.variant());
  const std::vector<std::int32_t> asked = someIds(model);
  const auto cells =
      swept(model, {&base, 1}, variants, {.topK = 0, .asked = asked, .distribution = false, .reference = {}});
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const double apart = largestLogitDifference(cells[i], asked, oneAtATime(model, ids, variants[i]));
    QVERIFY2(apart < 1e-4, qPrintable(QStringLiteral("variant %1: %2").arg(i).arg(apart)));
  }
}

void SweepTest::severalPromptsGoTogether() {
  const at::InferenceMode inference;
  const auto model = tinyModel("grouped");
  std::vector<CapturedRun> bases;
  std::vector<std::vector<std::int32_t>> ids;
  for (const char* text : {"one two three four", "quite another prompt of a different length", "x y"}) {
    ids.push_back(*model->text.encode(Prompt::plain(text)));
    bases.push_back(captureResiduals(*model, ids.back(), JobContext()));
  }
  std::vector<Variant> variants;
  for (int i = 0; i < 90; ++i) {
    const auto base = static_cast<std::size_t>(i % 3);
    RandomEdits random(*model, bases[base].tokens(), static_cast<unsigned>(100 + i));
    variants.push_back(random.variant());
    variants.back().base = base;
  }
  const std::vector<std::int32_t> asked = someIds(*model);
  const auto cells = swept(*model, bases, variants, {.topK = 3, .asked = asked, .distribution = true, .reference = {}});
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Distribution expected = oneAtATime(*model, ids[variants[i].base], variants[i]);
    QVERIFY(largestLogitDifference(cells[i], asked, expected) < 1e-4);
    const Distribution plain = lastLogits(*model, ids[variants[i].base]);
    QVERIFY(std::abs(cells[i].klBits - plain.klBits(expected)) < 1e-4F);
  }
}

void SweepTest::topTokensAndDivergenceAreTheDistributions() {
  const at::InferenceMode inference;
  const auto [model, ids, base] = plainRun();
  std::vector<Variant> variants;
  for (const int layer : {0, 9, 21, 29}) {
    variants.push_back({.edits = {{.site = Site::MlpOut,
                                   .layer = layer,
                                   .firstToken = base.tokens() - 1,
                                   .lastToken = {},
                                   .apply = edits::scaleBy(0)}},
                        .base = 0});
  }
  const auto cells =
      swept(model, {&base, 1}, variants, {.topK = 10, .asked = {}, .distribution = true, .reference = {}});
  const Distribution plain = lastLogits(model, ids);
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Distribution expected = oneAtATime(model, ids, variants[i]);
    QVERIFY(std::abs(cells[i].logSumExp - expected.logSumExp()) < 1e-4);
    QVERIFY(std::abs(cells[i].klBits - plain.klBits(expected)) < 1e-3F);
    QCOMPARE(cells[i].top.size(), std::size_t{10});
    const auto top = expected.top(10);
    for (std::size_t k = 0; k < 10; ++k) {
      QVERIFY(std::abs(cells[i].top[k].logit - top[k].logit) < 1e-4F);
      QVERIFY(std::abs(cells[i].top[k].p - top[k].p) < 1e-4F);
    }
  }
}

void SweepTest::anEditThatChangesNothingGivesTheBaseRun() {
  const at::InferenceMode inference;
  const auto [model, ids, base] = plainRun();
  std::vector<Variant> variants;
  for (int layer = 0; layer < model.card.layers; ++layer) {
    for (const std::int64_t token : {std::int64_t{1}, base.tokens() - 1}) {
      variants.push_back({.edits = {{.site = Site::ResidPost,
                                     .layer = layer,
                                     .firstToken = token,
                                     .lastToken = token,
                                     .apply = edits::replaceBy(base.residuals[layer][token])}},
                          .base = 0});
    }
  }
  const std::vector<std::int32_t> asked = someIds(model);
  const Distribution plain = lastLogits(model, ids);
  for (const SweptCell& cell :
       swept(model, {&base, 1}, variants, {.topK = 0, .asked = asked, .distribution = false, .reference = {}}))
    QVERIFY(largestLogitDifference(cell, asked, plain) < 5e-5);
}

void SweepTest::anEditBehindTheAnswerGivesTheBaseRun() {
  const at::InferenceMode inference;
  const auto model = tinyModel("tied");
  const auto ids = *model->text.encode(Prompt::plain("some words of a prompt"));
  const CapturedRun base = captureResiduals(*model, ids, JobContext());
  const int last = model->card.layers - 1;
  const std::vector<Variant> variants{{.edits = {{.site = Site::ResidPost,
                                                  .layer = last,
                                                  .firstToken = 0,
                                                  .lastToken = base.tokens() - 2,
                                                  .apply = edits::scaleBy(0)}},
                                       .base = 0}};
  const std::vector<std::int32_t> asked = someIds(*model);
  const auto cells =
      swept(*model, {&base, 1}, variants, {.topK = 0, .asked = asked, .distribution = true, .reference = {}});
  QVERIFY(largestLogitDifference(cells.front(), asked, lastLogits(*model, ids)) < 1e-5);
  QVERIFY(cells.front().klBits < 1e-5F);
}

void SweepTest::variantsCanBeContinued() {
  const at::InferenceMode inference;
  const auto [model, ids, base] = plainRun();
  at::manual_seed(8);
  for (const std::int64_t token : {std::int64_t{2}, base.tokens() - 1}) {
    std::vector<Variant> variants;
    for (const int layer : {29, 3, 17, 3, 0, 28}) {
      variants.push_back({.edits = {{.site = layer == 17 ? Site::AttnOut : Site::ResidPost,
                                     .layer = layer,
                                     .firstToken = token,
                                     .lastToken = token,
                                     .apply = edits::replaceBy(at::randn({model.card.width}) * 10)}},
                          .base = 0});
    }
    JobContext context;
    SweptCaches caches = sweepToContinue(model, base, variants, context);
    const HookPlan none;
    const at::Tensor x =
        model.transformer->run(std::vector<std::vector<std::int32_t>>(6, {260}), caches.cache, none, context);
    for (std::size_t i = 0; i < variants.size(); ++i) {
      auto longer = ids;
      longer.push_back(260);
      const Distribution found(
          model.transformer->unembed(model.transformer->finalNorm(x[static_cast<std::int64_t>(i)][0])));
      QVERIFY(largestDifference(found.logits(), oneAtATime(model, longer, variants[i]).logits()) < 2e-4);
    }
  }
}

void SweepTest::everyVariantComesOnceAndTheTopLayersFirst() {
  const at::InferenceMode inference;
  const auto [model, ids, base] = plainRun();
  std::vector<Variant> variants;
  for (int layer = 0; layer < model.card.layers; ++layer) {
    for (std::int64_t token = 1; token < base.tokens(); ++token) {
      variants.push_back({.edits = {{.site = Site::AttnOut,
                                     .layer = layer,
                                     .firstToken = token,
                                     .lastToken = token,
                                     .apply = edits::scaleBy(0)}},
                          .base = 0});
    }
  }
  JobContext context;
  std::set<std::size_t> seen;
  std::vector<int> lowest;
  sweep(model, {&base, 1}, variants, {.topK = 0, .asked = {5}, .distribution = false, .reference = {}}, context,
        [&](const std::vector<SweptCell>& part) {
          int low = model.card.layers;
          for (const SweptCell& cell : part) {
            QVERIFY(seen.insert(cell.variant).second);
            low = std::min(low, lowestLayerOf(variants[cell.variant]));
          }
          lowest.push_back(low);
        });
  QCOMPARE(seen.size(), variants.size());
  QVERIFY(lowest.size() >= 2);  // a picture begins before the whole is done
  QVERIFY(std::ranges::is_sorted(lowest, std::greater<>()));
  QVERIFY(lowest.front() > model.card.layers / 2);
}

void SweepTest::stopEndsIt() {
  const at::InferenceMode inference;
  const auto [model, ids, base] = plainRun();
  std::vector<Variant> variants;
  for (int layer = 0; layer < model.card.layers; ++layer)
    variants.push_back(
        {.edits =
             {{.site = Site::ResidPost, .layer = layer, .firstToken = 1, .lastToken = 1, .apply = edits::scaleBy(0)}},
         .base = 0});
  JobContext context;
  std::size_t walks = 0;
  QVERIFY_EXCEPTION_THROWN(
      sweep(model, {&base, 1}, variants, {.topK = 0, .asked = {5}, .distribution = false, .reference = {}}, context,
            [&](const std::vector<SweptCell>&) {
              ++walks;
              context.cancel();
            }),
      Stopped);
  QCOMPARE(walks, std::size_t{1});
}

QTEST_APPLESS_MAIN(SweepTest)
#include "tst_sweep.moc"
