#include <QtTest>

#include <numbers>

#include "core/tensor/attention_kernel.h"
#include "core/tensor/cpu_kernel.h"
#include "core/tensor/distribution.h"
#include "core/tensor/lens_scan.h"
#include "core/tensor/row_kernels.h"

using namespace patchbay;

/// Hand-written loops against the same formula in plain tensor operations.
class Kernels : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void expIsExactEnough();
  void rowOperationsEqualTheirFormulas();
  void threeWaysToAttendAgree();
  void lensScanEqualsAllLogits();
  void distributionSumsUp();
};

namespace {

double largest(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

void Kernels::expIsExactEnough() {
  for (float x = -86; x < 87; x += 0.0137F) QVERIFY(std::abs(fastExp(x) / std::exp(x) - 1) < 5e-7F);
  QCOMPARE(fastExp(-200.0F), 0.0F);
  QVERIFY(std::isfinite(fastExp(1000.0F)));
}

void Kernels::rowOperationsEqualTheirFormulas() {
  const at::Tensor x = at::randn({2, 7, 96}), weight = at::randn({96});
  const at::Tensor expected = x * at::rsqrt(x.pow(2).mean(-1, true) + 1e-5) * weight;
  QVERIFY(largest(rmsNorm(x, weight, 1e-5), expected) < 1e-5);
  QVERIFY(largest(rmsNorm(x.to(at::kDouble), weight.to(at::kDouble), 1e-5).to(at::kFloat), expected) < 1e-5);
  const at::Tensor gateUp = at::randn({3, 130}) * 4;
  QVERIFY(largest(siluTimesUp(gateUp), at::silu(gateUp.narrow(1, 0, 65)) * gateUp.narrow(1, 65, 65)) < 1e-5);
  const at::Tensor heads = at::randn({2, 5, 3, 16}), angles = at::randn({5, 8});
  const at::Tensor slow = rotate(heads.to(at::kDouble), angles.cos(), angles.sin()).to(at::kFloat);
  QVERIFY(largest(rotate(heads, angles.cos(), angles.sin()), slow) < 1e-5);
  QVERIFY(largest(rotate(heads, angles.cos(), angles.sin()).norm(2, {-1}), heads.norm(2, {-1})) < 1e-4);
}

void Kernels::threeWaysToAttendAgree() {
  for (const std::int64_t tokens : {1, 5, 47, 48, 90}) {
    for (const std::int64_t shared : {0, 9}) {
      const VisibleKeys visible{.sharedKeys = at::randn({3, shared, 16}),
                                .sharedValues = at::randn({3, shared, 16}),
                                .ownKeys = at::randn({2, 3, tokens + (shared ? 4 : 0), 16}),
                                .ownValues = at::randn({2, 3, tokens + (shared ? 4 : 0), 16})};
      const at::Tensor queries = at::randn({2, tokens, 6, 16});
      const at::Tensor pattern = attentionPattern(queries, visible, 0.25);
      QVERIFY(largest(pattern.sum(-1), at::ones({2, 6, tokens})) < 1e-5);
      QVERIFY(largest(attend(queries, visible, 0.25), mixValues(pattern, visible)) < 1e-5);
    }
  }
}

void Kernels::lensScanEqualsAllLogits() {
  const std::int64_t layers = 4, tokens = 3, vocabulary = 9001;
  at::manual_seed(5);
  const at::Tensor states = at::randn({layers * tokens, 24}) * 2, unembedding = at::randn({vocabulary, 24});
  const std::vector<std::int32_t> tracked = {17, 8999};
  const at::Tensor all = at::linear(states, unembedding);
  const LensRows rows =
      scanLens({.rows = layers * tokens,
                .tokens = tokens,
                .vocabulary = vocabulary,
                .multiply = [&](std::int64_t first, at::Tensor& out) { out.copy_(all.narrow(1, first, out.size(1))); },
                .topK = 6,
                .trackedLogits = all.index_select(1, at::tensor({17, 8999})).t(),
                .followingLogits = {},
                .checkpoint = {}});
  const at::Tensor logits = all.to(at::kDouble);
  const at::Tensor logP = at::log_softmax(logits, -1);
  for (std::int64_t r = 0; r < layers * tokens; ++r) {
    const auto place = static_cast<std::size_t>(r);
    const Distribution reference(logits[r]);
    const auto top = reference.top(6);
    for (std::size_t k = 0; k < 6; ++k) QCOMPARE(rows.topIds[place * 6 + k], top[k].id);
    QVERIFY(std::abs(rows.logSumExp[place] - reference.logSumExp()) < 1e-4);
    QVERIFY(std::abs(rows.entropyBits[place] - reference.entropyBits()) < 1e-3F);
    const at::Tensor final = logP[(layers - 1) * tokens + r % tokens];
    const double kl = (final.exp() * (final - logP[r])).sum().item<double>() / std::numbers::ln2;
    QVERIFY(std::abs(rows.klBits[place] - kl) < 1e-3);
    for (std::size_t n = 0; n < tracked.size(); ++n) {
      // Logits within a hair's breadth of the tracked one may stand on either side of it.
      const double own = logits[r][tracked[n]].item<double>(), hair = 1e-4 * (1 + std::abs(own));
      const float rank = rows.trackedRank[n * static_cast<std::size_t>(layers * tokens) + place];
      QVERIFY(rank >= static_cast<float>((logits[r] > own + hair).sum().item<std::int64_t>() + 1));
      QVERIFY(rank <= static_cast<float>((logits[r] > own).sum().item<std::int64_t>() + 1));
    }
  }
}

void Kernels::distributionSumsUp() {
  const Distribution flat(at::zeros({1024}));
  QCOMPARE(flat.entropyBits(), 10.0F);
  QVERIFY(std::abs(flat.probability(3) - 1.0F / 1024) < 1e-9F);
  QCOMPARE(flat.top(3)[2].id, 2);
  const Distribution other(at::randn({1024}));
  QVERIFY(other.klBits(other) < 1e-6F);
  QVERIFY(flat.klBits(other) > 0.1F);
  QVERIFY(std::isfinite(Distribution(at::full({8}, 3e4)).logSumExp()));
}

QTEST_APPLESS_MAIN(Kernels)
#include "tst_kernels.moc"
