#include <QtTest>

#include <cmath>

#include "core/model/hook_plan.h"

using namespace patchbay;

namespace {

Edit edit(std::int64_t first, std::optional<std::int64_t> last, std::function<at::Tensor(const at::Tensor&)> apply) {
  return {.site = Site::ResidPost,
          .layer = 2,
          .firstToken = first,
          .lastToken = last,
          .head = {},
          .apply = std::move(apply)};
}

/// Tokens of the result that differ from x.
std::vector<std::int64_t> changedTokens(const HookPlan& plan, std::int64_t tokens, std::int64_t firstToken) {
  const at::Tensor x = at::randn({1, tokens, 3});
  const at::Tensor after = plan.at(Site::ResidPost, 2, x, firstToken);
  std::vector<std::int64_t> changed;
  for (std::int64_t t = 0; t < tokens; ++t)
    if (!at::equal(after[0][t], x[0][t])) changed.push_back(t);
  return changed;
}

using Places = std::vector<std::int64_t>;

}  // namespace

/// Where edits act, in which order, and what observers see of them.
class HookPlanTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(53); }

  void rangesAreAbsoluteAndInclusive() {
    HookPlan plan;
    plan.addEdit(edit(3, 5, edits::scaleBy(2)));
    QCOMPARE(changedTokens(plan, 8, 0), (Places{3, 4, 5}));
    QCOMPARE(changedTokens(plan, 4, 0), (Places{3}));
    QCOMPARE(changedTokens(plan, 3, 0), Places{});
    QCOMPARE(changedTokens(plan, 3, 4), (Places{0, 1}));
    QCOMPARE(changedTokens(plan, 1, 5), (Places{0}));
    QCOMPARE(changedTokens(plan, 1, 6), Places{});
  }

  void anOpenRangeGoesOnWhileDecoding() {
    HookPlan plan;
    plan.addEdit(edit(2, {}, edits::scaleBy(2)));
    QCOMPARE(changedTokens(plan, 4, 0), (Places{2, 3}));
    QCOMPARE(changedTokens(plan, 1, 4), (Places{0}));
    QCOMPARE(changedTokens(plan, 1, 4000), (Places{0}));
    QCOMPARE(changedTokens(plan, 1, 1), Places{});
  }

  void rangesBeforeTheTextTouchNothing() {
    HookPlan before, across, turned;
    before.addEdit(edit(-5, -1, edits::scaleBy(2)));
    across.addEdit(edit(-5, 1, edits::scaleBy(2)));
    turned.addEdit(edit(3, 2, edits::scaleBy(2)));
    QCOMPARE(changedTokens(before, 4, 0), Places{});
    QCOMPARE(changedTokens(across, 4, 0), (Places{0, 1}));
    QCOMPARE(changedTokens(turned, 4, 0), Places{});
  }

  void onlyTheGivenSiteAndLayer() {
    HookPlan plan;
    QVERIFY(plan.isEmpty());
    plan.addEdit(edit(0, {}, edits::scaleBy(0)));
    QVERIFY(!plan.isEmpty());
    const at::Tensor x = at::randn({1, 2, 3});
    for (const SiteFact& fact : allSites()) {
      for (int layer = 0; layer < 5; ++layer) {
        const bool isThere = fact.site == Site::ResidPost && layer == 2;
        QCOMPARE(plan.wants(fact.site, layer), isThere);
        QCOMPARE(at::equal(plan.at(fact.site, layer, x, 0), x), !isThere);
      }
    }
  }

  void sitesWithoutLayersIgnoreTheLayer() {
    HookPlan plan;
    int seen = 0;
    plan.observe(Site::Logits, 17, [&](const Observation& o) {
      ++seen;
      QVERIFY(o.site == Site::Logits && o.layer == 0);
    });
    QVERIFY(plan.wants(Site::Logits, 0) && plan.wants(Site::Logits, 5));
    (void)plan.at(Site::Logits, 3, at::zeros({1, 1, 2}), 0);
    QCOMPARE(seen, 1);
  }

  void oneHeadLeavesTheOthers() {
    HookPlan plan;
    plan.addEdit({.site = Site::Z, .layer = 0, .firstToken = 1, .lastToken = 1, .head = 2, .apply = edits::scaleBy(0)});
    const at::Tensor x = at::randn({2, 3, 4, 5});
    at::Tensor expected = x.clone();
    expected.narrow(1, 1, 1).select(2, 2).zero_();
    QVERIFY(at::equal(plan.at(Site::Z, 0, x, 0), expected));
  }

  void theGivenValueIsNeverChangedInPlace() {
    HookPlan plan;
    plan.addEdit(edit(0, {}, edits::scaleBy(0)));
    plan.addEdit(
        {.site = Site::Z, .layer = 0, .firstToken = 0, .lastToken = {}, .head = 0, .apply = edits::scaleBy(3)});
    const at::Tensor x = at::randn({1, 2, 3}), z = at::randn({1, 2, 2, 3});
    const at::Tensor xBefore = x.clone(), zBefore = z.clone();
    (void)plan.at(Site::ResidPost, 2, x, 0);
    (void)plan.at(Site::Z, 0, z, 0);
    QVERIFY(at::equal(x, xBefore) && at::equal(z, zBefore));
  }

  void editsActInTheOrderTheyWereAdded() {
    const at::Tensor one = at::ones({3}), x = at::ones({1, 1, 3});
    HookPlan addFirst, scaleFirst;
    addFirst.addEdit(edit(0, {}, edits::addScaled(one, 1, false)));
    addFirst.addEdit(edit(0, {}, edits::scaleBy(10)));
    scaleFirst.addEdit(edit(0, {}, edits::scaleBy(10)));
    scaleFirst.addEdit(edit(0, {}, edits::addScaled(one, 1, false)));
    QCOMPARE(addFirst.at(Site::ResidPost, 2, x, 0)[0][0][0].item<float>(), 20.0F);
    QCOMPARE(scaleFirst.at(Site::ResidPost, 2, x, 0)[0][0][0].item<float>(), 11.0F);
  }

  void observersSeeTheEditedValue() {
    HookPlan plan;
    std::vector<float> seen;
    const auto note = [&](const Observation& o) {
      QCOMPARE(o.firstToken, std::int64_t{7});
      QCOMPARE(o.layer, 2);
      seen.push_back(o.value.sum().item<float>());
    };
    plan.observe(Site::ResidPost, 2, note);
    plan.addEdit(edit(0, {}, edits::scaleBy(4)));
    plan.observe(Site::ResidPost, 2, note);
    const at::Tensor after = plan.at(Site::ResidPost, 2, at::ones({1, 1, 3}), 7);
    QCOMPARE(seen, (std::vector<float>{12, 12}));
    QCOMPARE(after.sum().item<float>(), 12.0F);
  }

  void replacingBroadcastsOverRowsAndTokens() {
    const at::Tensor x = at::randn({2, 3, 4}), row = at::randn({4}), block = at::randn({3, 4}),
                     all = at::randn({2, 3, 4});
    QVERIFY(at::equal(edits::replaceBy(row)(x), row.expand({2, 3, 4})));
    QVERIFY(at::equal(edits::replaceBy(block)(x), block.expand({2, 3, 4})));
    QVERIFY(at::equal(edits::replaceBy(all)(x), all));
    QVERIFY(at::equal(edits::replaceBy(x)(x), x));
    QVERIFY_EXCEPTION_THROWN((void)edits::replaceBy(at::randn({5}))(x), std::exception);
  }

  void addingKeepsTheNormOnRequest() {
    const at::Tensor x = at::randn({2, 3, 8}), v = at::randn({8});
    QVERIFY(at::equal(edits::addScaled(v, 0, true)(x), x));
    QVERIFY((edits::addScaled(v, 2.5, false)(x) - (x + 2.5 * v)).abs().max().item<double>() < 1e-6);
    const at::Tensor kept = edits::addScaled(v, 4, true)(x);
    QVERIFY((kept.norm(2, {-1}) - x.norm(2, {-1})).abs().max().item<double>() < 1e-5);
    const at::Tensor plain = x + 4 * v;
    const at::Tensor cosine = (kept * plain).sum(-1) / (kept.norm(2, {-1}) * plain.norm(2, {-1}));
    QVERIFY((cosine - 1).abs().max().item<double>() < 1e-5);
    QVERIFY(at::isfinite(edits::addScaled(-x[0][0], 1, true)(x)).all().item<bool>());
    QVERIFY((edits::addScaled(v, -3, false)(edits::addScaled(v, 3, false)(x)) - x).abs().max().item<double>() < 1e-5);
  }

  void projectingTakesOneDirectionOut() {
    const at::Tensor x = at::randn({2, 3, 8}), d = at::randn({8}) * 5;
    const at::Tensor out = edits::projectOut(d)(x);
    QVERIFY(at::matmul(out, d).abs().max().item<double>() < 1e-4);
    QVERIFY((edits::projectOut(d)(out) - out).abs().max().item<double>() < 1e-5);
    QVERIFY((edits::projectOut(d * -7)(x) - out).abs().max().item<double>() < 1e-5);
    QVERIFY((out.pow(2).sum(-1) + at::matmul(x, d / d.norm()).pow(2) - x.pow(2).sum(-1)).abs().max().item<double>() <
            1e-4);
    QVERIFY(at::equal(edits::projectOut(at::zeros({8}))(x), x));
  }

  void scalingByZeroAlsoTakesNotANumber() {
    const at::Tensor x = at::full({1, 1, 3}, std::nanf(""));
    QCOMPARE(edits::scaleBy(0)(x).sum().item<float>(), 0.0F);
    const at::Tensor y = at::randn({1, 2, 3});
    QVERIFY(at::equal(edits::scaleBy(1)(y), y));
    QVERIFY(at::equal(edits::scaleBy(-2)(y), y * -2));
  }

  void affineIsAMatrixAndAnOffset() {
    const at::Tensor x = at::randn({2, 3, 4}), a = at::randn({4, 4}), b = at::randn({4});
    const at::Tensor out = edits::affine(a, b)(x);
    QVERIFY((out[1][2] - (at::mv(a, x[1][2]) + b)).abs().max().item<double>() < 1e-5);
    QVERIFY((edits::affine(at::eye(4), at::zeros({4}))(x) - x).abs().max().item<double>() < 1e-6);
  }
};

QTEST_APPLESS_MAIN(HookPlanTest)
#include "tst_hook_plan.moc"
