#include <QtTest>

#include <QTemporaryDir>

#include "core/decoder/decoder_training.h"
#include "core/decoder/decoder_vector.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Steering vectors by a frozen decoder: laws on the default model and its decoder, with few steps.
class DecoderVectorTest : public QObject {
  Q_OBJECT

private:
  StoredDecoder m_decoder = [] {
    auto stored = readDecoder(std::string(PATCHBAY_SOURCE_DIR) + "/resources/decoder/default", defaultModel());
    if (!stored) qFatal("%s", stored.error().message().c_str());
    return *stored;
  }();

  static DecoderVectorRequest wish() {
    DecoderVectorRequest request;
    request.question = "Which language does the assistant have to use?";
    request.answer = "French";
    request.words = "Always answer in French.";
    request.steps = 6;
    request.largestNorm = 8;
    request.learningRate = 0.3;
    request.generateTokens = 3;
    return request;
  }

private Q_SLOTS:
  void theWishIsDescendedTo() {
    JobContext context;
    std::size_t seen = 0;
    const auto result =
        runDecoderVector(defaultModel(), m_decoder, wish(), context,
                         [&](const DecoderVectorResult& soFar) { QCOMPARE(soFar.points.size(), ++seen); });
    QVERIFY2(result.hasValue(), result.isError() ? result.error().message().c_str() : "");
    QCOMPARE(result->points.size(), std::size_t{6});
    QCOMPARE(result->points.front().norm, 0.0);
    QVERIFY(std::abs(result->points.front().plainLoss) < 1e-4);  // no vector, no divergence
    QVERIFY(result->points.back().wishLoss < 0.8 * result->points.front().wishLoss);
    // No longer than it may be, and at its layer alone.
    const auto norms = result->vector.norms();
    for (int layer = 0; layer < result->vector.layers(); ++layer) {
      if (layer != wish().layer) QCOMPARE(norms[static_cast<std::size_t>(layer)], 0.0);
    }
    QVERIFY(norms[static_cast<std::size_t>(wish().layer)] < 8.0001);
    QCOMPARE(result->outcomes.size(), kWishArms.size());
    for (const WishOutcome& outcome : result->outcomes) {
      QCOMPARE(outcome.texts.size(), result->prompts.size());
      QVERIFY(std::isfinite(outcome.meanFulfilment()) && outcome.perplexity() >= 1);
    }
    QVERIFY(result->prompts.size() >= 20);
    QVERIFY(std::abs(result->cosine) <= 1);
    const auto again = DecoderVectorResult::fromDocument(result->toDocument());
    QVERIFY2(again.hasValue(), again.isError() ? again.error().message().c_str() : "");
    QVERIFY(*again == *result);
  }

  /// Where only the plain model counts, nothing moves away from it.
  void withoutWordsNothingIsJudged() {
    JobContext context;
    DecoderVectorRequest request = wish();
    request.words.clear();
    request.steps = 2;
    request.generateTokens = 1;
    const auto result = runDecoderVector(defaultModel(), m_decoder, request, context);
    QVERIFY(result.hasValue());
    QCOMPARE(result->verdict(), WishVerdict::NotJudged);
    QVERIFY(!result->outcome(WishArm::MeanDifference));
    QVERIFY(result->outcome(WishArm::Random));
  }

  void whatCannotBeWishedIsRefused() {
    JobContext context;
    const auto codeWith = [&](auto change) {
      DecoderVectorRequest request = wish();
      change(request);
      const auto outcome = runDecoderVector(defaultModel(), m_decoder, request, context);
      return outcome.isError() ? outcome.error().code : std::string();
    };
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.question.clear(); }), std::string("DVEC-01"));
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.answer.clear(); }), std::string("DVEC-01"));
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.layer = 29; }), std::string("DVEC-01"));
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.steps = 0; }), std::string("DVEC-01"));
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.largestNorm = -1; }), std::string("DVEC-01"));
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.learningRate = 0; }), std::string("DVEC-01"));
    JobContext cancelled;
    cancelled.cancel();
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runDecoderVector(defaultModel(), m_decoder, wish(), cancelled));
  }

  void theVerdictFollowsTheFigures() {
    DecoderVectorResult result;
    QCOMPARE(result.verdict(), WishVerdict::NotJudged);
    const std::vector<double> none(10, 0.0), even(10, 2.0);
    std::vector<double> rises, wavers;
    for (int i = 0; i < 10; ++i) {
      rises.push_back(1 + 0.1 * i);
      wavers.push_back(i % 2 == 0 ? 3 : -2.5);
    }
    const auto with = [&](const std::vector<double>& fulfilment, const std::vector<double>& surprise) {
      result.outcomes = {{.arm = WishArm::Plain, .texts = {}, .fulfilment = none, .surprise = even},
                         {.arm = WishArm::Wish, .texts = {}, .fulfilment = fulfilment, .surprise = surprise},
                         {.arm = WishArm::Random, .texts = {}, .fulfilment = none, .surprise = even}};
      return result.verdict();
    };
    QCOMPARE(with(rises, even), WishVerdict::Rises);
    QCOMPARE(with(rises, std::vector<double>(10, 4.0)), WishVerdict::RisesAtACost);
    QCOMPARE(with(wavers, even), WishVerdict::NotAboveRandom);
    QCOMPARE(with(none, even), WishVerdict::NotAboveRandom);
  }
};

QTEST_GUILESS_MAIN(DecoderVectorTest)
#include "tst_decoder_vector.moc"
