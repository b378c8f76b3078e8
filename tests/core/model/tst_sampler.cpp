#include <QtTest>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/model/generator.h"

using namespace patchbay;

namespace {

constexpr int kDraws = 20'000;

Sampling sampling(float temperature, int topK = 0, float topP = 1, std::uint64_t seed = 1) {
  Sampling made;
  made.temperature = temperature;
  made.topK = topK;
  made.topP = topP;
  made.seed = seed;
  return made;
}

/// How often each token is drawn.
std::map<std::int32_t, double> shares(const at::Tensor& logits, const Sampling& how) {
  const Distribution distribution(logits);
  Sampler sampler(how);
  std::map<std::int32_t, double> counts;
  for (int i = 0; i < kDraws; ++i) counts[sampler.pick(distribution)] += 1.0 / kDraws;
  return counts;
}

std::set<std::int32_t> drawn(const at::Tensor& logits, const Sampling& how) {
  std::set<std::int32_t> ids;
  for (const auto& [id, share] : shares(logits, how)) ids.insert(id);
  return ids;
}

/// Logits of the probabilities 0.5, 0.25, 0.125, 0.125, in another order.
at::Tensor halves() { return at::tensor({0.125F, 0.5F, 0.125F, 0.25F}).log(); }

using Ids = std::set<std::int32_t>;

}  // namespace

/// The choice of a token: what may be drawn, how often, and that a seed repeats it.
class SamplerTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void greedyTakesTheBest() {
    QCOMPARE(drawn(halves(), sampling(0)), (Ids{1}));
    QCOMPARE(drawn(halves(), sampling(-1)), (Ids{1}));
    QCOMPARE(drawn(at::zeros({5}), sampling(0)), (Ids{0}));
  }

  void temperatureOneDrawsByProbability() {
    const auto found = shares(halves(), sampling(1));
    // Three standard deviations of a share of 1/2 in 20000 draws are 0.011.
    QVERIFY(std::abs(found.at(1) - 0.5) < 0.015);
    QVERIFY(std::abs(found.at(3) - 0.25) < 0.015);
    QVERIFY(std::abs(found.at(0) - 0.125) < 0.015);
    QVERIFY(std::abs(found.at(2) - 0.125) < 0.015);
  }

  void temperatureRaisesToItsInverse() {
    // p^(1/T): at T = 1/2 the squares 1/4, 1/16, 1/64, 1/64 of the sum 11/32.
    const auto cold = shares(halves(), sampling(0.5F));
    QVERIFY(std::abs(cold.at(1) - 8.0 / 11) < 0.015);
    QVERIFY(std::abs(cold.at(3) - 2.0 / 11) < 0.015);
    const auto hot = shares(halves(), sampling(1000));
    for (const auto& [id, share] : hot) QVERIFY(std::abs(share - 0.25) < 0.015);
    QCOMPARE(drawn(halves(), sampling(0.01F)), (Ids{1}));
  }

  void topKKeepsTheLikeliest() {
    QCOMPARE(drawn(halves(), sampling(1, 1)), (Ids{1}));
    QCOMPARE(drawn(halves(), sampling(1, 2)), (Ids{1, 3}));
    // Of equals at the edge the lower id stays.
    QCOMPARE(drawn(halves(), sampling(1, 3)), (Ids{0, 1, 3}));
    QCOMPARE(drawn(halves(), sampling(1, 99)), (Ids{0, 1, 2, 3}));
    QCOMPARE(drawn(halves(), sampling(1, -1)), (Ids{0, 1, 2, 3}));
    const auto two = shares(halves(), sampling(1, 2));
    QVERIFY(std::abs(two.at(1) - 2.0 / 3) < 0.015);
  }

  void topPKeepsTheFewestThatReachIt() {
    QCOMPARE(drawn(halves(), sampling(1, 0, 0)), (Ids{1}));
    QCOMPARE(drawn(halves(), sampling(1, 0, 0.4F)), (Ids{1}));
    QCOMPARE(drawn(halves(), sampling(1, 0, 0.6F)), (Ids{1, 3}));
    QCOMPARE(drawn(halves(), sampling(1, 0, 0.8F)), (Ids{0, 1, 3}));
    QCOMPARE(drawn(halves(), sampling(1, 0, 0.9F)), (Ids{0, 1, 2, 3}));
    QCOMPARE(drawn(halves(), sampling(1, 0, 1)), (Ids{0, 1, 2, 3}));
  }

  void topPCountsAfterTopKAndTemperature() {
    // Among the best two the first has 2/3.
    QCOMPARE(drawn(halves(), sampling(1, 2, 0.6F)), (Ids{1}));
    QCOMPARE(drawn(halves(), sampling(1, 2, 0.7F)), (Ids{1, 3}));
    // At T = 1/2 the first has 8/11.
    QCOMPARE(drawn(halves(), sampling(0.5F, 0, 0.7F)), (Ids{1}));
    QCOMPARE(drawn(halves(), sampling(1, 0, 0.7F)), (Ids{1, 3}));
  }

  void aSeedRepeatsItsDraws() {
    const Distribution distribution(at::zeros({1000}));
    const auto draws = [&](std::uint64_t seed) {
      Sampler sampler(sampling(1, 0, 1, seed));
      std::vector<std::int32_t> ids;
      for (int i = 0; i < 50; ++i) ids.push_back(sampler.pick(distribution));
      return ids;
    };
    QCOMPARE(draws(7), draws(7));
    QVERIFY(draws(7) != draws(8));
    // The generator and the way from its bits to a token are fixed, so a stored seed means the same for ever.
    std::mt19937_64 random(7);
    Sampler sampler(sampling(1, 0, 1, 7));
    for (int i = 0; i < 50; ++i) {
      const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
      QCOMPARE(sampler.pick(distribution), static_cast<std::int32_t>(unit * 1000));
    }
  }

  void aGreedyPickTakesNoRandomNumber() {
    const Distribution flat(at::zeros({1000}));
    Sampler once(sampling(1, 0, 1, 3)), narrow(sampling(1, 1, 1, 3));
    const std::int32_t first = once.pick(flat);
    QCOMPARE(narrow.pick(flat), 0);
    Sampler again(sampling(1, 0, 1, 3));
    QCOMPARE(again.pick(flat), first);
  }

  void impossibleTokensAreNeverDrawn() {
    const float none = -std::numeric_limits<float>::infinity();
    QCOMPARE(drawn(at::tensor({none, 1.0F, none, 1.0F}), sampling(1)), (Ids{1, 3}));
    QCOMPARE(drawn(at::tensor({-2000.0F, 1.0F, 2000.0F}), sampling(1)), (Ids{2}));
    QCOMPARE(drawn(at::tensor({5.0F}), sampling(1, 4, 0.3F)), (Ids{0}));
  }
};

QTEST_APPLESS_MAIN(SamplerTest)
#include "tst_sampler.moc"
