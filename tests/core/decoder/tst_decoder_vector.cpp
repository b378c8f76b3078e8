#include <QtTest>

#include <QTemporaryDir>

#include "core/analysis/captured_run.h"
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

  /// An adapter of the target is descended to, kept, and a model of its own.
  void anAdapterIsDescendedTo() {
    const QTemporaryDir folder;
    JobContext context;
    DecoderVectorRequest request = wish();
    request.rank = 4;
    request.folder = folder.filePath(QStringLiteral("french")).toStdString();
    request.learningRate = 1e-2;
    request.largestNorm = 6;
    const auto result = runDecoderVector(defaultModel(), m_decoder, request, context);
    QVERIFY2(result.hasValue(), result.isError() ? result.error().message().c_str() : "");
    QCOMPARE(result->points.front().norm, 0.0);
    QVERIFY(std::abs(result->points.front().plainLoss) < 1e-3);  // a fresh adapter changes nothing
    QCOMPARE(result->points.size(), std::size_t{7});             // each step, and where the last one led to
    QVERIFY2(result->norm() > 1 && result->norm() <= request.largestNorm, qPrintable(QString::number(result->norm())));
    QVERIFY2(result->points.back().wishLoss < result->points.front().wishLoss,
             qPrintable(QString::number(result->points.back().wishLoss)));
    QCOMPARE(result->adapter, request.folder);
    QCOMPARE(result->outcomes.size(), kWishArms.size());
    QVERIFY(*DecoderVectorResult::fromDocument(result->toDocument()) == *result);
    const auto opened = loadModel(request.folder, {}, context);
    QVERIFY2(opened.hasValue(), opened.isError() ? opened.error().message().c_str() : "");
    QVERIFY((*opened)->card.ref.fingerprint != defaultModel().card.ref.fingerprint);
    // It moves states of other texts about as far as it says.
    const at::InferenceMode inference;
    const std::vector<std::int32_t> ids = *defaultModel().text.encode(Prompt::plain("What should one see in Rome?"));
    const auto moved = [&](int layer) {
      const at::Tensor apart =
          statesAt(**opened, {ids}, layer, context) - statesAt(defaultModel(), {ids}, layer, context);
      return apart.narrow(0, 1, apart.size(0) - 1).norm(2, {-1}).mean().item<double>();
    };
    QVERIFY2(moved(request.layer) > 0.3 * result->norm() && moved(request.layer) < 3 * result->norm(),
             qPrintable(QString::number(moved(request.layer))));
    // What lies there is never written over.
    const auto again = runDecoderVector(defaultModel(), m_decoder, request, context);
    QVERIFY(again.isError());
    QCOMPARE(again.error().code, std::string("DVEC-03"));
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
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.rank = -1; }), std::string("DVEC-01"));
    QCOMPARE(codeWith([](DecoderVectorRequest& bad) { bad.rank = 4; }), std::string("DVEC-01"));  // nowhere to go
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
