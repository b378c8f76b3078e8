#include <QtTest>

#include "core/model/kv_cache.h"

using namespace patchbay;

namespace {

at::Tensor tokens(std::int64_t batch, std::int64_t count) { return at::randn({batch, 2, count, 4}); }

}  // namespace

/// What was appended is what is seen, however it was cut into steps.
class KvCacheTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(41); }

  void anyCutIntoStepsIsTheSame() {
    for (const std::vector<std::int64_t>& steps :
         {std::vector<std::int64_t>{7}, {1, 1, 1}, {5, 1, 1, 90, 1, 200, 3}, {64, 65, 1}}) {
      KvCache cache(3, 2);
      std::vector<at::Tensor> keys, values;
      std::int64_t seen = 0;
      for (const std::int64_t count : steps) {
        keys.push_back(tokens(2, count));
        values.push_back(tokens(2, count));
        seen += count;
        for (int layer = 0; layer < 3; ++layer) {
          const VisibleKeys now = cache.append(layer, keys.back() * (layer + 1), values.back());
          QVERIFY(at::equal(now.ownKeys, at::cat(keys, 2) * (layer + 1)));
          QVERIFY(at::equal(now.ownValues, at::cat(values, 2)));
          QCOMPARE(now.sharedCount(), std::int64_t{0});
        }
        QCOMPARE(cache.length(), seen);
      }
    }
  }

  void visibleIsWhatAppendReturned() {
    KvCache cache(1, 1);
    (void)cache.append(0, tokens(1, 4), tokens(1, 4));
    const VisibleKeys given = cache.append(0, tokens(1, 2), tokens(1, 2)), asked = cache.visible(0);
    QVERIFY(at::equal(given.ownKeys, asked.ownKeys) && at::equal(given.ownValues, asked.ownValues));
    QCOMPARE(cache.batch(), std::int64_t{1});
  }

  void appendingNeverChangesTheGivenTensors() {
    KvCache cache(1, 1);
    const at::Tensor first = tokens(1, 3), second = tokens(1, 1);
    const at::Tensor firstBefore = first.clone(), secondBefore = second.clone();
    (void)cache.append(0, first, first);
    for (int i = 0; i < 200; ++i) (void)cache.append(0, second, second);
    QVERIFY(at::equal(first, firstBefore) && at::equal(second, secondBefore));
  }

  void truncatingForgetsTheEnd() {
    KvCache cache(2, 1);
    const at::Tensor all = tokens(1, 9), other = tokens(1, 2);
    for (int layer = 0; layer < 2; ++layer) (void)cache.append(layer, all, all);
    cache.truncate(100);
    QCOMPARE(cache.length(), std::int64_t{9});
    cache.truncate(5);
    QCOMPARE(cache.length(), std::int64_t{5});
    for (int layer = 0; layer < 2; ++layer) {
      const VisibleKeys after = cache.append(layer, other, other);
      QVERIFY(at::equal(after.ownKeys, at::cat({all.narrow(2, 0, 5), other}, 2)));
    }
    QCOMPARE(cache.length(), std::int64_t{7});
    cache.truncate(0);
    QCOMPARE(cache.length(), std::int64_t{0});
    QVERIFY(at::equal(cache.append(1, other, other).ownValues, other));
  }

  void aSharedPrefixIsSeenByEveryRow() {
    KvCache base(2, 1);
    std::vector<at::Tensor> keys{tokens(1, 8), tokens(1, 8)}, values{tokens(1, 8), tokens(1, 8)};
    for (int layer = 0; layer < 2; ++layer)
      (void)base.append(layer, keys[static_cast<std::size_t>(layer)], values[static_cast<std::size_t>(layer)]);
    KvCache rows = KvCache::sharing(base, 5, 3);
    QCOMPARE(rows.length(), std::int64_t{5});
    QCOMPARE(rows.batch(), std::int64_t{3});
    const at::Tensor own = tokens(3, 2);
    const VisibleKeys seen = rows.append(1, own, own * 2);
    QVERIFY(at::equal(seen.sharedKeys, keys[1][0].narrow(1, 0, 5)));
    QVERIFY(at::equal(seen.sharedValues, values[1][0].narrow(1, 0, 5)));
    QVERIFY(at::equal(seen.ownKeys, own) && at::equal(seen.ownValues, own * 2));
    (void)rows.append(0, own, own);
    QCOMPARE(rows.length(), std::int64_t{7});
    QCOMPARE(seen.sharedCount(), std::int64_t{5});
  }

  void rowsOfASharingCacheLeaveTheBaseAlone() {
    KvCache base(1, 1);
    const at::Tensor prompt = tokens(1, 6), next = tokens(1, 1);
    (void)base.append(0, prompt, prompt);
    KvCache rows = KvCache::sharing(base, 4, 2);
    for (int i = 0; i < 80; ++i) (void)rows.append(0, tokens(2, 1), tokens(2, 1));
    QCOMPARE(base.length(), std::int64_t{6});
    QVERIFY(at::equal(base.visible(0).ownKeys, prompt));
    // And growing the base changes nothing of what the rows share.
    for (int i = 0; i < 80; ++i) (void)base.append(0, next, next);
    QVERIFY(at::equal(rows.visible(0).sharedKeys, prompt[0].narrow(1, 0, 4)));
    QCOMPARE(rows.length(), std::int64_t{84});
  }

  void truncatingKeepsTheSharedPrefix() {
    KvCache base(1, 1);
    const at::Tensor prompt = tokens(1, 6), own = tokens(2, 4);
    (void)base.append(0, prompt, prompt);
    KvCache rows = KvCache::sharing(base, 6, 2);
    (void)rows.append(0, own, own);
    rows.truncate(8);
    QVERIFY(at::equal(rows.visible(0).ownKeys, own.narrow(2, 0, 2)));
    rows.truncate(1);
    QCOMPARE(rows.length(), std::int64_t{6});
  }

  void ownPlacesCanBePutWhole() {
    KvCache cache(2, 1);
    const at::Tensor keys = tokens(1, 5), values = tokens(1, 5), more = tokens(1, 1);
    cache.setOwn(0, keys, values);
    QCOMPARE(cache.length(), std::int64_t{5});
    const VisibleKeys seen = cache.append(0, more, more);
    QVERIFY(at::equal(seen.ownKeys, at::cat({keys, more}, 2)) && at::equal(seen.ownValues, at::cat({values, more}, 2)));
    cache.setOwn(0, more, more);
    QVERIFY(at::equal(cache.visible(0).ownKeys, more));
  }

  void aSharedPrefixEqualsItsOwnPlacesInAttention() {
    KvCache base(1, 1), whole(1, 2);
    const at::Tensor prefix = tokens(1, 5), own = tokens(2, 3), queries = at::randn({2, 3, 4, 4});
    (void)base.append(0, prefix, prefix * 2);
    KvCache rows = KvCache::sharing(base, 5, 2);
    (void)whole.append(0, prefix.expand({2, -1, -1, -1}), prefix.expand({2, -1, -1, -1}) * 2);
    const at::Tensor a = attend(queries, rows.append(0, own, own), 0.5),
                     b = attend(queries, whole.append(0, own, own), 0.5);
    QVERIFY((a - b).abs().max().item<double>() < 1e-6);
  }
};

QTEST_APPLESS_MAIN(KvCacheTest)
#include "tst_kv_cache.moc"
