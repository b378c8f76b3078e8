#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "core/tensor/distribution.h"
#include "core/tensor/lens_scan.h"

using namespace patchbay;

/// Distributions and the scan that never holds all logits, against sums in double precision.
class LensScan : public QObject {
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
  void scanEqualsDistributions_data();
  void scanEqualsDistributions();
  void scannedTiesGoToTheLowerId();
  void tiledCallsCoverTheVocabularyOnce();
  void anExceptionPassesThrough();
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

LensRows scanned(const at::Tensor& all, std::int64_t tokens, int topK, const std::vector<std::int64_t>& tracked = {}) {
  return scanLens({.rows = all.size(0),
                   .tokens = tokens,
                   .vocabulary = all.size(1),
                   .multiply = [&](std::int64_t first, at::Tensor& out) { out.copy_(all.narrow(1, first, out.size(1))); },
                   .topK = topK,
                   .trackedLogits = tracked.empty() ? at::Tensor() : all.index_select(1, at::tensor(tracked)).t(),
                   .checkpoint = {}});
}

}  // namespace

void LensScan::distributionIsItsFormula_data() {
  QTest::addColumn<int>("size");
  for (const int size : {1, 2, 3, 17, 1000, 49152}) QTest::addRow("%d", size) << size;
}

void LensScan::distributionIsItsFormula() {
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

void LensScan::aConstantAddedChangesNothing() {
  const at::Tensor logits = at::randn({500});
  const Distribution plain(logits), moved(logits + 50), shaped(logits.view({1, 1, 500}).to(at::kDouble));
  QVERIFY(std::abs(plain.entropyBits() - moved.entropyBits()) < 1e-4F);
  QVERIFY(std::abs(plain.logSumExp() + 50 - moved.logSumExp()) < 1e-4);
  QVERIFY(plain.klBits(moved) < 1e-4F);
  QCOMPARE(plain.best(), moved.best());
  QCOMPARE(shaped.top(5)[4].id, plain.top(5)[4].id);
}

void LensScan::topIsASortByLogitAndThenId() {
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

void LensScan::topAtItsEnds() {
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
  for (const int k : {1, 2, 3}) QCOMPARE(Distribution(at::tensor({nan, 1.0F, nan})).top(k).size(), static_cast<std::size_t>(k));
}

void LensScan::divergenceKeepsItsLaws() {
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
  QVERIFY(std::abs(Distribution(logits).klBits(Distribution(at::zeros({256}))) - (8 - Distribution(logits).entropyBits())) < 1e-4);
}

void LensScan::extremeLogitsStayFinite() {
  const Distribution sure(at::tensor({0.0F, 2000.0F, -2000.0F}));
  QCOMPARE(sure.entropyBits(), 0.0F);
  QCOMPARE(sure.probability(1), 1.0F);
  QCOMPARE(sure.probability(2), 0.0F);
  QCOMPARE(sure.logSumExp(), 2000.0);
  QVERIFY(std::isfinite(Distribution(at::zeros({3})).klBits(sure)));
  QCOMPARE(Distribution(at::full({4}, -3e38F)).entropyBits(), 2.0F);
}

void LensScan::scanEqualsDistributions_data() {
  QTest::addColumn<int>("vocabulary");
  QTest::addColumn<int>("topK");
  for (const int vocabulary : {1, 5, 255, 256, 257, 1023, 1024, 1025, 2048, 3333}) {
    QTest::addRow("%d words, top 1", vocabulary) << vocabulary << 1;
    QTest::addRow("%d words, top 10", vocabulary) << vocabulary << 10;
  }
}

void LensScan::scanEqualsDistributions() {
  QFETCH(int, vocabulary);
  QFETCH(int, topK);
  const std::int64_t tokens = 3, layers = 4;
  at::Tensor all = at::randn({layers * tokens, vocabulary}) * 3;
  // Layers on very different levels, and the best word in the last tile: the sums must be moved along.
  all += at::arange(layers * tokens, at::kFloat).unsqueeze(1) * 10 - 40;
  all.select(1, vocabulary - 1) += 6;
  const std::vector<std::int64_t> tracked{0, vocabulary - 1};
  const LensRows rows = scanned(all, tokens, topK, tracked);
  const auto k = static_cast<std::size_t>(std::min(topK, vocabulary));
  QCOMPARE(rows.topIds.size(), static_cast<std::size_t>(layers * tokens) * k);
  for (std::int64_t r = 0; r < layers * tokens; ++r) {
    const auto place = static_cast<std::size_t>(r);
    const Distribution reference(all[r]), final(all[(layers - 1) * tokens + r % tokens]);
    const auto top = reference.top(topK);
    for (std::size_t i = 0; i < k; ++i) {
      QCOMPARE(rows.topIds[place * k + i], top[i].id);
      QCOMPARE(rows.topLogits[place * k + i], top[i].logit);
    }
    QVERIFY(std::abs(rows.logSumExp[place] - reference.logSumExp()) < 1e-4);
    QVERIFY(std::abs(rows.entropyBits[place] - reference.entropyBits()) < 1e-3F);
    QVERIFY(std::abs(rows.klBits[place] - final.klBits(reference)) < 2e-3F);
    for (std::size_t n = 0; n < tracked.size(); ++n) {
      const float own = reference.logit(tracked[n]);
      QCOMPARE(rows.trackedLogits[n * static_cast<std::size_t>(layers * tokens) + place], own);
      const float hair = 1e-5F * (1 + std::abs(own));
      const auto above = (all[r] > own + hair).sum().item<std::int64_t>();
      QCOMPARE(rows.trackedRank[n * static_cast<std::size_t>(layers * tokens) + place], static_cast<float>(above + 1));
    }
  }
}

void LensScan::scannedTiesGoToTheLowerId() {
  const at::Tensor flat = at::zeros({2, 2500});
  const LensRows rows = scanned(flat, 2, 7);
  for (std::size_t i = 0; i < 14; ++i) QCOMPARE(rows.topIds[i], static_cast<std::int32_t>(i % 7));
  for (const float kl : rows.klBits) QVERIFY(kl < 1e-4F);
  for (const float bits : rows.entropyBits) QVERIFY(std::abs(bits - std::log2(2500.0F)) < 1e-4F);
  const at::Tensor levels = at::randint(4, {6, 2500}, at::kFloat);
  const LensRows some = scanned(levels, 3, 9);
  for (std::int64_t r = 0; r < 6; ++r) {
    const auto top = Distribution(levels[r]).top(9);
    for (std::size_t i = 0; i < 9; ++i) QCOMPARE(some.topIds[static_cast<std::size_t>(r) * 9 + i], top[i].id);
  }
}

void LensScan::tiledCallsCoverTheVocabularyOnce() {
  std::int64_t next = 0;
  int polls = 0;
  const LensRows rows = scanLens({.rows = 2,
                                  .tokens = 2,
                                  .vocabulary = 2100,
                                  .multiply =
                                      [&](std::int64_t first, at::Tensor& out) {
                                        QCOMPARE(first, next);
                                        QCOMPARE(out.size(0), std::int64_t{2});
                                        QVERIFY(out.is_contiguous());
                                        next = first + out.size(1);
                                        out.zero_();
                                      },
                                  .topK = 1,
                                  .trackedLogits = {},
                                  .checkpoint = [&] { ++polls; }});
  QCOMPARE(next, std::int64_t{2100});
  QVERIFY(polls >= 3);
  QVERIFY(rows.trackedLogits.empty() && rows.trackedRank.empty());
}

void LensScan::anExceptionPassesThrough() {
  int polls = 0;
  const LensScanRequest request{.rows = 1,
                                .tokens = 1,
                                .vocabulary = 5000,
                                .multiply = [](std::int64_t, at::Tensor& out) { out.zero_(); },
                                .topK = 1,
                                .trackedLogits = {},
                                .checkpoint =
                                    [&] {
                                      if (++polls == 2) throw std::runtime_error("stop");
                                    }};
  QVERIFY_EXCEPTION_THROWN((void)scanLens(request), std::runtime_error);
  QCOMPARE(polls, 2);
}

QTEST_APPLESS_MAIN(LensScan)
#include "tst_lens_scan.moc"
