#include <QtTest>

#include <numeric>

#include "core/analysis/attention.h"
#include "core/analysis/attribution.h"
#include "core/analysis/capture.h"
#include "core/analysis/site_gradients.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

const char* kCapital = "The capital of France is";

std::vector<std::int32_t> idsOf(LanguageModel& model, const char* text) {
  return *model.text.encode(Prompt::plain(text));
}

AttributionRequest attributionOf(const char* text, std::string answer, std::string against) {
  AttributionRequest request;
  request.prompt = Prompt::plain(text);
  request.answer = std::move(answer);
  request.against = std::move(against);
  return request;
}

double sumOf(std::span<const float> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

/// Attention patterns, direct logit attribution, and gradients at sites: laws, and the reference's numbers.
class HeadsTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void patternsEqualTheReference() {
    const Golden golden = readGolden("model/heads_golden");
    JobContext context;
    AttentionRequest request;
    request.prompt = Prompt::plain(golden.json.at("text").get<std::string>());
    request.layers = golden.json.at("layers").get<std::vector<int>>();
    const auto result = runAttention(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    const HostArray& expected = golden.array("pattern");
    QCOMPARE(result->pattern.shape(), expected.shape());
    double largest = 0;
    for (std::size_t i = 0; i < expected.values().size(); ++i)
      largest = std::max(largest, std::abs(static_cast<double>(expected.values()[i]) - result->pattern.values()[i]));
    QVERIFY2(largest < 1e-4, qPrintable(QString::number(largest)));
  }

  void everyQuerySharesOutOne() {
    JobContext context;
    AttentionRequest request;
    request.prompt = Prompt::plain("The cat sat on the mat. The cat sat on the");
    const auto result = runAttention(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    QCOMPARE(std::ssize(result->layers), 30);
    QCOMPARE(result->heads(), 9);
    for (int layer = 0; layer < 30; ++layer) {
      for (int head = 0; head < 9; ++head) {
        for (int query = 0; query < result->tokenCount(); ++query) {
          const auto shares = result->shares(layer, head, query);
          QVERIFY(std::abs(sumOf(shares) - 1) < 1e-4);
          for (int key = query + 1; key < result->tokenCount(); ++key)
            QCOMPARE(shares[static_cast<std::size_t>(key)], 0.0F);
        }
      }
    }
    // A sentence said twice has heads that read what came after the first time.
    float best = 0;
    for (int layer = 0; layer < 30; ++layer)
      for (int head = 0; head < 9; ++head) best = std::max(best, headScore(*result, HeadScore::Induction, layer, head));
    QVERIFY(best > 0.3F);
    const auto back = AttentionResult::fromDocument(result->toDocument());
    QVERIFY(back.hasValue());
    QVERIFY(*back == *result);
  }

  void patternsThatGrowAreThoseOfTheLongerPrompt() {
    JobContext context;
    std::vector<std::shared_ptr<const AttentionResult>> seen;
    AttentionRequest request;
    request.prompt = Prompt::plain("The capital of France is");
    request.layers = {3, 20};
    request.continueTokens = 6;
    const auto grown = runAttention(defaultModel(), request, context, [&](const StreamedTokens& tokens) {
      seen.push_back(tokens.as<AttentionResult>());
    });
    QVERIFY(grown.hasValue());
    QCOMPARE(grown->grown, 6);
    AttentionRequest whole = request;
    whole.continueTokens = 0;
    std::string text;
    for (const TokenFact& token : grown->tokens) text += token.text;
    whole.prompt = Prompt::plain(text);
    const auto longer = runAttention(defaultModel(), whole, context);
    QVERIFY(longer.hasValue());
    QCOMPARE(longer->tokens, grown->tokens);
    QCOMPARE(longer->grown, 0);
    for (const auto& [a, b] :
         {std::pair{&grown->pattern, &longer->pattern}, {&grown->valueNorms, &longer->valueNorms}}) {
      QCOMPARE(a->shape(), b->shape());
      for (std::size_t i = 0; i < a->values().size(); ++i)
        QVERIFY(std::abs(a->values()[i] - b->values()[i]) < 1e-3F * std::max(1.0F, std::abs(b->values()[i])));
    }
    // Each token was told of when it had read: one row and one column more each time, the earlier ones as they stay.
    QCOMPARE(seen.size(), std::size_t{6});
    for (std::size_t step = 0; step < seen.size(); ++step) {
      QCOMPARE(seen[step]->tokenCount(), static_cast<int>(5 + step));
      QCOMPARE(seen[step]->grown, static_cast<int>(step));
      for (int query = 0; query < seen[step]->tokenCount(); ++query)
        for (int key = 0; key <= query; ++key)
          QCOMPARE(seen[step]->shares(1, 4, query)[static_cast<std::size_t>(key)],
                   grown->shares(1, 4, query)[static_cast<std::size_t>(key)]);
    }
    const auto back = AttentionResult::fromDocument(grown->toDocument());
    QVERIFY(back.hasValue() && *back == *grown);
    request.continueTokens = -1;
    QCOMPARE(runAttention(defaultModel(), request, context).error().code, std::string("GROW-01"));
  }

  void scoresAreWhatTheirNamesSay() {
    // Two heads over "a b a": one reads the previous token, one spreads evenly.
    AttentionResult made;
    for (const char* text : {"a", "b", "a"}) made.tokens.push_back({text[0], text, {}, false});
    made.layers = {0};
    made.pattern = HostArray({1, 2, 3, 3}, {"layer", "head", "query", "key"}, "",
                             {1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0.5F, 0.5F, 0, 1 / 3.0F, 1 / 3.0F, 1 / 3.0F});
    made.valueNorms = HostArray({1, 2, 3}, {"layer", "head", "key"}, "", {1, 2, 3, 4, 5, 6});
    QCOMPARE(headScore(made, HeadScore::Previous, 0, 0), 1.0F);
    QCOMPARE(headScore(made, HeadScore::Entropy, 0, 0), 0.0F);
    QVERIFY(std::abs(headScore(made, HeadScore::Entropy, 0, 1) - (1 + std::log2(3.0F)) / 2) < 1e-5F);
    QCOMPARE(headScore(made, HeadScore::Sink, 0, 0), 0.5F);
    QCOMPARE(headScore(made, HeadScore::Induction, 0, 0), 1.0F);  // the second a reads b, which followed the first
    QCOMPARE(made.weighted(0, 1, 2, 1), 5 / 3.0F);
  }

  void tooManyPatternsAreRefusedWithTheNumberThatFits() {
    JobContext context;
    AttentionRequest request;
    std::string text;
    for (int i = 0; i < 700; ++i) text += " a";
    request.prompt = Prompt::plain(text);
    const auto refused = runAttention(defaultModel(), request, context);
    QCOMPARE(refused.error().code, std::string("ATTN-01"));
    request.layers.assign(static_cast<std::size_t>(attentionLayersThatFit(defaultModel().card, 700)), 0);
    QVERIFY(!request.layers.empty());
    QVERIFY(runAttention(defaultModel(), request, context).hasValue());
  }

  void thePartsAreTheLogit_data() {
    QTest::addColumn<QString>("model");
    for (const char* name : {"default", "tied", "grouped"}) QTest::newRow(name) << QString::fromLatin1(name);
  }
  void thePartsAreTheLogit() {
    QFETCH(QString, model);
    const auto tiny = model == QLatin1String("default") ? nullptr : tinyModel(model.toStdString());
    LanguageModel& used = tiny ? *tiny : defaultModel();
    JobContext context;
    for (const bool isDifference : {true, false}) {
      for (const int token : {-1, 2}) {
        AttributionRequest request = attributionOf(kCapital, {}, {});
        request.isDifference = isDifference;
        request.token = token;
        const auto result = runAttribution(used, request, context);
        QVERIFY(result.hasValue());
        const double parts = static_cast<double>(result->embedding) + sumOf(result->heads.values()) +
                             sumOf(result->mlps.values()) + sumOf(result->attentionBias.values());
        QVERIFY2(std::abs(parts - static_cast<double>(result->total)) < 1e-3 * std::max(1.0, std::abs(parts)),
                 qPrintable(QStringLiteral("%1 %2").arg(parts).arg(static_cast<double>(result->total))));
        QVERIFY(std::abs(static_cast<double>(result->upTo(result->layers() - 1)) - parts) < 1e-3);
        for (int layer = 0; layer < result->layers(); ++layer)
          for (int head = 0; head < result->headCount(); ++head)
            QVERIFY(std::abs(sumOf(result->headTokens.row(layer, head)) -
                             static_cast<double>(result->heads.at(layer, head))) < 1e-4);
      }
    }
  }

  void attributionRoundTripsAndRefuses() {
    JobContext context;
    const auto result = runAttribution(defaultModel(), attributionOf(kCapital, " Paris", " London"), context);
    QVERIFY(result.hasValue());
    QCOMPARE(result->answer.text, std::string(" Paris"));
    const auto back = AttributionResult::fromDocument(result->toDocument());
    QVERIFY(back.hasValue());
    QVERIFY(*back == *result);
    QCOMPARE(runAttribution(defaultModel(), attributionOf(kCapital, " Paris", " Paris"), context).error().code,
             std::string("ATTR-01"));
  }

  void gradientsEqualTheReference() {
    const Golden golden = readGolden("model/heads_golden");
    JobContext context;
    const auto ids = idsOf(defaultModel(), golden.json.at("gradient_text").get<std::string>().c_str());
    const auto answer = golden.json.at("answer").get<std::int64_t>(),
               wrong = golden.json.at("wrong").get<std::int64_t>();
    const auto read = [&](const at::Tensor& logits) { return logits[answer] - logits[wrong]; };
    const SiteGradients found = siteGradients(defaultModel(), ids, Site::ResidPost, read, context);
    const HostArray& expected = golden.array("slopes");  // [layers, T, D]
    const auto layers = golden.json.at("gradient_layers").get<std::vector<std::int64_t>>();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const at::Tensor slopes = found.slopes[layers[i]].contiguous();
      const double apart =
          relativeDifference({slopes.const_data_ptr<float>(), static_cast<std::size_t>(slopes.numel())},
                             expected.row(static_cast<std::int64_t>(i)), static_cast<std::size_t>(slopes.numel()));
      QVERIFY2(apart < 1e-3, qPrintable(QString::number(apart)));
    }
  }

  void gradientsAreDifferences_data() {
    QTest::addColumn<int>("site");
    for (const Site site : {Site::ResidPre, Site::Z, Site::AttnOut, Site::ResidMid, Site::MlpOut, Site::ResidPost})
      QTest::newRow(std::string(factOf(site).name).c_str()) << static_cast<int>(site);
  }
  /// A small step along a direction changes the number by the slope.
  void gradientsAreDifferences() {
    QFETCH(int, site);
    const auto model = tinyModel("grouped");
    JobContext context;
    const std::vector<std::int32_t> ids{5, 9, 17, 33, 12};
    const auto read = [](const at::Tensor& logits) { return logits[7] - logits[11]; };
    const SiteGradients found = siteGradients(*model, ids, static_cast<Site>(site), read, context);
    at::manual_seed(1);
    for (const int layer : {0, 1}) {
      for (const std::int64_t token : {1, 4}) {
        const at::Tensor value = found.values[layer][token], slope = found.slopes[layer][token];
        const at::Tensor step = at::randn_like(value) * 1e-3;
        const auto numberAt = [&](double sign) {
          HookPlan plan;
          plan.addEdit({.site = static_cast<Site>(site),
                        .layer = layer,
                        .firstToken = token,
                        .lastToken = token,
                        .apply = edits::replaceBy(value + sign * step)});
          const Distribution next = lastLogits(*model, ids, plan);
          return static_cast<double>(next.logit(7)) - static_cast<double>(next.logit(11));
        };
        const double measured = (numberAt(1) - numberAt(-1)) / 2, expected = (slope * step).sum().item<double>();
        QVERIFY2(std::abs(measured - expected) < 0.02 * std::abs(expected) + 2e-6,
                 qPrintable(QStringLiteral("%1 %2").arg(measured).arg(expected)));
      }
    }
  }
};

QTEST_GUILESS_MAIN(HeadsTest)
#include "tst_heads.moc"
