#include <QtTest>

#include <cmath>

#include "core/tensor/attention_kernel.h"

using namespace patchbay;

/// Attention against its formula written out in loops of double precision.
class AttentionKernel : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(17); }
  void equalsTheFormula_data();
  void equalsTheFormula();
  void aPrefixCountsAsOwnPlaces();
  void laterPlacesAreNeverSeen();
  void rowsAreApartAndGroupsShareKeys();
  void viewsOfALargerCacheAreRead();
  void singleRowsMayHaveAnyStride();
  void equalScoresShareTheWeight();
  void largeScoresStayFinite();
  void otherDtypesFollow();
};

namespace {

struct Sizes {
  std::int64_t batch, tokens, heads, keyHeads, width, shared, before;
};

VisibleKeys randomKeys(const Sizes& s) {
  const std::int64_t own = s.before + s.tokens;
  return {.sharedKeys = s.shared > 0 ? at::randn({s.keyHeads, s.shared, s.width}) : at::Tensor(),
          .sharedValues = s.shared > 0 ? at::randn({s.keyHeads, s.shared, s.width}) : at::Tensor(),
          .ownKeys = at::randn({s.batch, s.keyHeads, own, s.width}),
          .ownValues = at::randn({s.batch, s.keyHeads, own, s.width})};
}

/// softmax(q k scale) v, one query after the other; the pattern [B, H, T, P + N] and z [B, T, H, K] in double.
struct Written {
  at::Tensor pattern, z;
};

Written byLoops(const at::Tensor& queries, const VisibleKeys& visible, double scale) {
  const std::int64_t batch = queries.size(0), tokens = queries.size(1), heads = queries.size(2);
  const std::int64_t shared = visible.sharedCount(), own = visible.ownKeys.size(2);
  const std::int64_t group = heads / visible.ownKeys.size(1);
  Written out{at::zeros({batch, heads, tokens, shared + own}, at::kDouble), at::zeros(queries.sizes(), at::kDouble)};
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t h = 0; h < heads; ++h) {
      const auto place = [&](const at::Tensor& sharedPart, const at::Tensor& ownPart, std::int64_t i) {
        return (i < shared ? sharedPart[h / group][i] : ownPart[b][h / group][i - shared]).to(at::kDouble);
      };
      for (std::int64_t t = 0; t < tokens; ++t) {
        const std::int64_t seen = shared + own - tokens + t + 1;
        std::vector<double> weights;
        double total = 0;
        for (std::int64_t i = 0; i < seen; ++i) {
          const at::Tensor key = place(visible.sharedKeys, visible.ownKeys, i);
          weights.push_back(std::exp((queries[b][t][h].to(at::kDouble) * key).sum().item<double>() * scale));
          total += weights.back();
        }
        for (std::int64_t i = 0; i < seen; ++i) {
          const double weight = weights[static_cast<std::size_t>(i)] / total;
          out.pattern[b][h][t][i] = weight;
          out.z[b][t][h] += weight * place(visible.sharedValues, visible.ownValues, i);
        }
      }
    }
  }
  return out;
}

double largest(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace

void AttentionKernel::equalsTheFormula_data() {
  QTest::addColumn<QList<int>>("sizes");
  const auto row = [](const char* name, const QList<int>& sizes) { QTest::newRow(name) << sizes; };
  // batch, tokens, heads, key heads, width, shared, own places before the queries
  row("one query, nothing before", {1, 1, 1, 1, 8, 0, 0});
  row("a whole prompt", {1, 5, 2, 2, 8, 0, 0});
  row("decoding one token", {2, 1, 6, 2, 16, 0, 7});
  row("a few tokens after a cache", {1, 3, 6, 3, 8, 0, 4});
  row("shared prefix alone", {3, 1, 4, 2, 8, 5, 0});
  row("shared and own", {2, 3, 4, 1, 8, 4, 3});
  row("odd width", {1, 2, 3, 1, 7, 2, 1});
  row("one head for nine", {1, 2, 9, 1, 6, 0, 2});
  row("long prompt", {1, 50, 2, 1, 4, 0, 0});
  row("long prompt after a prefix", {1, 49, 2, 1, 4, 3, 0});
  row("long prompt after a cache", {1, 48, 2, 2, 4, 0, 2});
  row("panels: whole prompts", {2, 101, 6, 2, 32, 0, 0});
  row("panels: a prompt shorter than a panel", {1, 17, 2, 1, 64, 0, 0});
  row("panels: after a cache", {2, 9, 4, 2, 32, 0, 60});
  row("panels: after a prefix", {2, 40, 3, 3, 32, 35, 0});
  row("panels: after a prefix and a cache", {2, 20, 3, 1, 32, 5, 30});
  row("panels: single columns behind a prefix", {100, 1, 9, 3, 64, 20, 0});
  row("panels: short tails behind a prefix", {30, 4, 4, 2, 32, 33, 2});
}

void AttentionKernel::equalsTheFormula() {
  QFETCH(QList<int>, sizes);
  const Sizes s{sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5], sizes[6]};
  const VisibleKeys visible = randomKeys(s);
  const at::Tensor queries = at::randn({s.batch, s.tokens, s.heads, s.width});
  const double scale = 1 / std::sqrt(static_cast<double>(s.width));
  const Written expected = byLoops(queries, visible, scale);
  const at::Tensor pattern = attentionPattern(queries, visible, scale);
  QVERIFY(pattern.sizes() == expected.pattern.sizes());
  QVERIFY(largest(pattern, expected.pattern) < 1e-6);
  QVERIFY(largest(mixValues(pattern, visible), expected.z) < 2e-6);
  const at::Tensor z = attend(queries, visible, scale);
  QVERIFY(z.sizes() == queries.sizes() && z.is_contiguous());
  QVERIFY(largest(z, expected.z) < 2e-6);
}

void AttentionKernel::aPrefixCountsAsOwnPlaces() {
  const VisibleKeys split =
      randomKeys({.batch = 2, .tokens = 3, .heads = 4, .keyHeads = 2, .width = 8, .shared = 5, .before = 2});
  const auto joined = [](const at::Tensor& shared, const at::Tensor& own) {
    return at::cat({shared.unsqueeze(0).expand({own.size(0), -1, -1, -1}), own}, 2).contiguous();
  };
  const VisibleKeys whole{.sharedKeys = {},
                          .sharedValues = {},
                          .ownKeys = joined(split.sharedKeys, split.ownKeys),
                          .ownValues = joined(split.sharedValues, split.ownValues)};
  const at::Tensor queries = at::randn({2, 3, 4, 8});
  QVERIFY(largest(attend(queries, split, 0.3), attend(queries, whole, 0.3)) < 1e-6);
  QVERIFY(largest(attentionPattern(queries, split, 0.3), attentionPattern(queries, whole, 0.3)) < 1e-6);
}

void AttentionKernel::laterPlacesAreNeverSeen() {
  for (const std::int64_t tokens : {4, 60}) {
    VisibleKeys visible =
        randomKeys({.batch = 1, .tokens = tokens, .heads = 4, .keyHeads = 2, .width = 8, .shared = 0, .before = 0});
    const at::Tensor queries = at::randn({1, tokens, 4, 8});
    const at::Tensor before = attend(queries, visible, 0.35);
    visible.ownKeys.narrow(2, tokens - 1, 1).fill_(100);
    visible.ownValues.narrow(2, tokens - 1, 1).fill_(-100);
    const at::Tensor after = attend(queries, visible, 0.35);
    QVERIFY(at::equal(before.narrow(1, 0, tokens - 1), after.narrow(1, 0, tokens - 1)));
    QVERIFY(largest(before, after) > 1);
    const at::Tensor pattern = attentionPattern(queries, visible, 0.35);
    QVERIFY(at::equal(pattern, pattern.tril()));
  }
}

void AttentionKernel::rowsAreApartAndGroupsShareKeys() {
  const VisibleKeys both =
      randomKeys({.batch = 2, .tokens = 2, .heads = 6, .keyHeads = 2, .width = 8, .shared = 0, .before = 3});
  const at::Tensor queries = at::randn({2, 2, 6, 8});
  const at::Tensor together = attend(queries, both, 0.3);
  for (const std::int64_t row : {0, 1}) {
    const VisibleKeys alone{.sharedKeys = {},
                            .sharedValues = {},
                            .ownKeys = both.ownKeys.narrow(0, row, 1),
                            .ownValues = both.ownValues.narrow(0, row, 1)};
    QVERIFY(largest(attend(queries.narrow(0, row, 1), alone, 0.3), together.narrow(0, row, 1)) < 1e-6);
  }
  // Heads of one group that ask the same get the same; heads of another group do not.
  const at::Tensor same = queries.narrow(2, 0, 1).expand({2, 2, 6, 8}).contiguous();
  const at::Tensor z = attend(same, both, 0.3);
  QVERIFY(largest(z.select(2, 0), z.select(2, 2)) < 1e-6);
  QVERIFY(largest(z.select(2, 3), z.select(2, 5)) < 1e-6);
  QVERIFY(largest(z.select(2, 2), z.select(2, 3)) > 1e-2);
}

void AttentionKernel::viewsOfALargerCacheAreRead() {
  const at::Tensor keys = at::randn({2, 3, 40, 8}), values = at::randn({2, 3, 40, 8});
  const at::Tensor prefix = at::randn({1, 3, 30, 8});
  const VisibleKeys views{.sharedKeys = prefix.select(0, 0).narrow(1, 0, 11),
                          .sharedValues = prefix.select(0, 0).narrow(1, 0, 11) * 2,
                          .ownKeys = keys.narrow(2, 0, 9),
                          .ownValues = values.narrow(2, 0, 9)};
  const VisibleKeys copies{.sharedKeys = views.sharedKeys.contiguous(),
                           .sharedValues = views.sharedValues.contiguous(),
                           .ownKeys = views.ownKeys.contiguous(),
                           .ownValues = views.ownValues.contiguous()};
  const at::Tensor queries = at::randn({2, 2, 6, 8});
  QVERIFY(at::equal(attend(queries, views, 0.3), attend(queries, copies, 0.3)));
  // Queries that are a view themselves take another way to the same values.
  const at::Tensor turned = queries.transpose(1, 2).contiguous().transpose(1, 2);
  QVERIFY(!turned.is_contiguous());
  QVERIFY(largest(attend(turned, views, 0.3), attend(queries, copies, 0.3)) < 2e-6);
}

void AttentionKernel::singleRowsMayHaveAnyStride() {
  const VisibleKeys visible =
      randomKeys({.batch = 40, .tokens = 1, .heads = 4, .keyHeads = 2, .width = 32, .shared = 20, .before = 0});
  const at::Tensor queries = at::randn({40, 1, 4, 32});
  // As they come out of a product: one token, its heads side by side.
  const auto turned = [](const at::Tensor& x) { return x.transpose(1, 2).contiguous().transpose(1, 2); };
  const VisibleKeys same{.sharedKeys = visible.sharedKeys,
                         .sharedValues = visible.sharedValues,
                         .ownKeys = turned(visible.ownKeys),
                         .ownValues = turned(visible.ownValues)};
  QVERIFY(largest(attend(queries, same, 0.2), attend(queries, visible, 0.2)) == 0);
}

void AttentionKernel::equalScoresShareTheWeight() {
  VisibleKeys visible =
      randomKeys({.batch = 1, .tokens = 3, .heads = 2, .keyHeads = 1, .width = 4, .shared = 2, .before = 0});
  visible.ownKeys.zero_();
  visible.sharedKeys.zero_();
  const at::Tensor pattern = attentionPattern(at::randn({1, 3, 2, 4}), visible, 0.5);
  for (std::int64_t t = 0; t < 3; ++t) {
    const double share = 1.0 / static_cast<double>(3 + t);
    QVERIFY((pattern.select(2, t).narrow(-1, 0, 3 + t) - share).abs().max().item<double>() < 1e-7);
    QCOMPARE(pattern.select(2, t).narrow(-1, 3 + t, 2 - t).sum().item<double>(), 0.0);
  }
}

void AttentionKernel::largeScoresStayFinite() {
  VisibleKeys visible =
      randomKeys({.batch = 1, .tokens = 2, .heads = 1, .keyHeads = 1, .width = 4, .shared = 0, .before = 2});
  visible.ownKeys *= 1e4;
  const at::Tensor queries = at::randn({1, 2, 1, 4}) * 1e4;
  const at::Tensor z = attend(queries, visible, 1.0);
  QVERIFY(at::isfinite(z).all().item<bool>());
  QVERIFY(largest(z, mixValues(attentionPattern(queries, visible, 1.0), visible)) < 1e-5);
}

void AttentionKernel::otherDtypesFollow() {
  const VisibleKeys visible =
      randomKeys({.batch = 1, .tokens = 3, .heads = 2, .keyHeads = 1, .width = 8, .shared = 2, .before = 1});
  const at::Tensor queries = at::randn({1, 3, 2, 8});
  const auto as = [&](at::ScalarType type) {
    const VisibleKeys cast{.sharedKeys = visible.sharedKeys.to(type),
                           .sharedValues = visible.sharedValues.to(type),
                           .ownKeys = visible.ownKeys.to(type),
                           .ownValues = visible.ownValues.to(type)};
    return attend(queries.to(type), cast, 0.35);
  };
  QVERIFY(as(at::kBFloat16).scalar_type() == at::kBFloat16);
  QVERIFY(largest(as(at::kBFloat16), as(at::kFloat)) < 0.05);
  QVERIFY(largest(as(at::kDouble), as(at::kFloat)) < 1e-5);
}

QTEST_APPLESS_MAIN(AttentionKernel)
#include "tst_attention_kernel.moc"
