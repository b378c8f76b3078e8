#include "core/tensor/distribution.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

using namespace patchbay;

/// Next-token distributions against sums in double precision, and the laws of entropy and divergence.
class DistributionTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(31); }
  void distributionIsItsFormula_data();
  void distributionIsItsFormula();
  void aConstantAddedChangesNothing();
  void topIsASortByLogitAndThenId();
  void topAtItsEnds();
  void divergenceKeepsItsLaws();
  void extremeLogitsStayFinite();
};

namespace {

struct Sums {
  double logSum = 0, entropy = 0;
  std::vector<double> p;
};

Sums byLoops(const at::Tensor& logits) {
  const at::Tensor x = logits.to(at::kDouble).contiguous();
  const double* values = x.const_data_ptr<double>();
  const auto count = static_cast<std::size_t>(x.numel());
  const double top = *std::max_element(values, values + count);
  Sums sums;
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) total += std::exp(values[i] - top);
  sums.logSum = top + std::log(total);
  for (std::size_t i = 0; i < count; ++i) {
    sums.p.push_back(std::exp(values[i] - sums.logSum));
    if (sums.p.back() > 0) sums.entropy -= sums.p.back() * (values[i] - sums.logSum) / std::numbers::ln2;
  }
  return sums;
}

}  // namespace

void DistributionTest::distributionIsItsFormula_data() {
  QTest::addColumn<int>("size");
  for (const int size : {1, 2, 3, 17, 1000, 49152}) QTest::addRow("%d", size) << size;
}

void DistributionTest::distributionIsItsFormula() {
  QFETCH(int, size);
  const at::Tensor logits = at::randn({size}) * 4 + 7;
  const Distribution found(logits);
  const Sums expected = byLoops(logits);
  QCOMPARE(found.size(), std::int64_t{size});
  QVERIFY(std::abs(found.logSumExp() - expected.logSum) < 1e-5);
  QVERIFY(std::abs(found.entropyBits() - expected.entropy) < 1e-4);
  double total = 0;
  for (std::int64_t id = 0; id < size; ++id) {
    QCOMPARE(found.logit(id), logits[id].item<float>());
    QVERIFY(std::abs(found.probability(id) - expected.p[static_cast<std::size_t>(id)]) < 1e-6);
    total += found.probability(id);
  }
  QVERIFY(std::abs(total - 1) < 1e-4);
  QVERIFY(found.entropyBits() >= -1e-5F && found.entropyBits() <= std::log2(static_cast<float>(size)) + 1e-4F);
  QCOMPARE(found.best(), found.top(1)[0].id);
}

void DistributionTest::aConstantAddedChangesNothing() {
  const at::Tensor logits = at::randn({500});
  const Distribution plain(logits), moved(logits + 50), shaped(logits.view({1, 1, 500}).to(at::kDouble));
  QVERIFY(std::abs(plain.entropyBits() - moved.entropyBits()) < 1e-4F);
  QVERIFY(std::abs(plain.logSumExp() + 50 - moved.logSumExp()) < 1e-4);
  QVERIFY(plain.klBits(moved) < 1e-4F);
  QCOMPARE(plain.best(), moved.best());
  QCOMPARE(shaped.top(5)[4].id, plain.top(5)[4].id);
}

void DistributionTest::topIsASortByLogitAndThenId() {
  // Whole numbers, so that many logits are equal, also where the ranking is cut off.
  for (const std::int64_t size : {5, 64, 700, 5000}) {
    for (const int levels : {1, 2, 5, 40}) {
      const at::Tensor logits = at::randint(levels, {size}, at::kFloat);
      const float* values = logits.const_data_ptr<float>();
      std::vector<std::int32_t> order(static_cast<std::size_t>(size));
      std::iota(order.begin(), order.end(), 0);
      std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) { return values[a] > values[b]; });
      for (const int k : {1, 3, 5, 50, 600}) {
        const std::vector<Ranked> top = Distribution(logits).top(k);
        QCOMPARE(top.size(), static_cast<std::size_t>(std::min<std::int64_t>(k, size)));
        for (std::size_t i = 0; i < top.size(); ++i) {
          QCOMPARE(top[i].id, order[i]);
          QCOMPARE(top[i].logit, values[order[i]]);
        }
      }
      QCOMPARE(Distribution(logits).best(), order[0]);
    }
  }
}

void DistributionTest::topAtItsEnds() {
  const Distribution three(at::tensor({1.0F, 3.0F, 2.0F}));
  QVERIFY(three.top(0).empty());
  QVERIFY(three.top(-4).empty());
  QCOMPARE(three.top(99).size(), std::size_t{3});
  QCOMPARE(three.top(3)[2].id, 0);
  const float none = -std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const auto masked = Distribution(at::tensor({none, 1.0F, none, 2.0F})).top(4);
  QCOMPARE(masked[0].id, 3);
  QCOMPARE(masked[2].id, 0);
  QCOMPARE(masked[3].p, 0.0F);
  // A run that fell apart still ranks as many tokens as were asked for.
  for (const int k : {1, 2, 3})
    QCOMPARE(Distribution(at::tensor({nan, 1.0F, nan})).top(k).size(), static_cast<std::size_t>(k));
}

void DistributionTest::divergenceKeepsItsLaws() {
  for (int round = 0; round < 20; ++round) {
    const at::Tensor a = at::randn({300}) * 3, b = at::randn({300}) * 3;
    const Distribution p(a), q(b);
    const Sums ps = byLoops(a), qs = byLoops(b);
    double expected = 0, cross = 0;
    for (std::size_t i = 0; i < 300; ++i) {
      expected += ps.p[i] * std::log2(ps.p[i] / qs.p[i]);
      cross -= ps.p[i] * std::log2(qs.p[i]);
    }
    QVERIFY(std::abs(p.klBits(q) - expected) < 1e-4 * (1 + expected));
    // Cross entropy is entropy and divergence together.
    QVERIFY(std::abs(p.klBits(q) + p.entropyBits() - cross) < 1e-3);
    QVERIFY(p.klBits(q) > 0 && q.klBits(p) > 0);
    QVERIFY(p.klBits(p) < 1e-5F);
  }
  // From the even distribution: log2 V - entropy.
  const at::Tensor logits = at::randn({256});
  QVERIFY(std::abs(Distribution(logits).klBits(Distribution(at::zeros({256}))) -
                   (8 - Distribution(logits).entropyBits())) < 1e-4);
}

void DistributionTest::extremeLogitsStayFinite() {
  const Distribution sure(at::tensor({0.0F, 2000.0F, -2000.0F}));
  QCOMPARE(sure.entropyBits(), 0.0F);
  QCOMPARE(sure.probability(1), 1.0F);
  QCOMPARE(sure.probability(2), 0.0F);
  QCOMPARE(sure.logSumExp(), 2000.0);
  QVERIFY(std::isfinite(Distribution(at::zeros({3})).klBits(sure)));
  QCOMPARE(Distribution(at::full({4}, -3e38F)).entropyBits(), 2.0F);
}

QTEST_APPLESS_MAIN(DistributionTest)
#include "tst_distribution.moc"
