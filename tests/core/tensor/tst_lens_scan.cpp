#include "core/tensor/lens_scan.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/tensor/distribution.h"

using namespace patchbay;

/// The scan that never holds all logits, against the distributions of all of them.
class LensScan : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(31); }
  void scanEqualsDistributions_data();
  void scanEqualsDistributions();
  void scannedTiesGoToTheLowerId();
  void tiledCallsCoverTheVocabularyOnce();
  void anExceptionPassesThrough();
};

namespace {

LensRows scanned(const at::Tensor& all, std::int64_t tokens, int topK, const std::vector<std::int64_t>& tracked = {}) {
  return scanLens(
      {.rows = all.size(0),
       .tokens = tokens,
       .vocabulary = all.size(1),
       .multiply = [&](std::int64_t first, at::Tensor& out) { out.copy_(all.narrow(1, first, out.size(1))); },
       .topK = topK,
       .trackedLogits = tracked.empty() ? at::Tensor() : all.index_select(1, at::tensor(tracked)).t(),
       .followingLogits = tracked.empty()
                              ? at::Tensor()
                              : all.narrow(0, all.size(0) - tokens, tokens).select(1, tracked.front()).contiguous(),
       .checkpoint = {}});
}

}  // namespace

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
  // The token that follows is the first of those tracked here: its rank in the final rows is the same.
  QCOMPARE(rows.followingRank.size(), static_cast<std::size_t>(tokens));
  for (std::int64_t t = 0; t < tokens; ++t)
    QCOMPARE(rows.followingRank[static_cast<std::size_t>(t)],
             rows.trackedRank[static_cast<std::size_t>((layers - 1) * tokens + t)]);
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
                                  .followingLogits = {},
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
                                .followingLogits = {},
                                .checkpoint =
                                    [&] {
                                      if (++polls == 2) throw std::runtime_error("stop");
                                    }};
  QVERIFY_EXCEPTION_THROWN((void)scanLens(request), std::runtime_error);
  QCOMPARE(polls, 2);
}

QTEST_APPLESS_MAIN(LensScan)
#include "tst_lens_scan.moc"
