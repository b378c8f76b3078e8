#include <QtTest>

#include <limits>
#include <numeric>

#include "core/data/host_array.h"

using namespace patchbay;

class TestHostArray : public QObject {
  Q_OBJECT

  static HostArray counting(std::vector<std::int64_t> shape, std::vector<std::string> axes) {
    std::vector<float> values(24);
    std::iota(values.begin(), values.end(), 0.0F);
    return {std::move(shape), std::move(axes), "bits", std::move(values)};
  }

private Q_SLOTS:
  void anEmptyOneHasNothing() {
    const HostArray empty;
    QVERIFY(empty.isEmpty());
    QCOMPARE(empty.size(), std::int64_t{0});
    QCOMPARE(empty.extent(0), std::int64_t{0});
    QVERIFY(empty.values().empty());
    QVERIFY(empty == HostArray());
  }

  void lastAxisIsFastest() {
    const HostArray array = counting({2, 3, 4}, {"layer", "token", "width"});
    QCOMPARE(array.at(1, 2, 3), 23.0F);
    QCOMPARE(array.at(1, 0, 0), 12.0F);
    QCOMPARE(array.at(5), 5.0F);
    QCOMPARE(counting({4, 6}, {"layer", "token"}).at(2, 1), 13.0F);
    QCOMPARE(array.extent(1), std::int64_t{3});
    QCOMPARE(array.extent(3), std::int64_t{0});
  }

  void rowsAreBlocks() {
    const HostArray array = counting({2, 3, 4}, {"layer", "token", "width"});
    QCOMPARE(array.row(1).size(), std::size_t{12});
    QCOMPARE(array.row(1)[0], 12.0F);
    QCOMPARE(array.row(1, 2).size(), std::size_t{4});
    QCOMPARE(array.row(1, 2)[3], 23.0F);
  }

  void copiesShareValues() {
    const HostArray array = counting({24}, {"token"});
    const HostArray copy = array;  // NOLINT: the copy is the subject
    QCOMPARE(copy.values().data(), array.values().data());
    QVERIFY(copy == array);
  }

  void equalityIsExact() {
    const HostArray array = counting({4, 6}, {"layer", "token"});
    QVERIFY(array == counting({4, 6}, {"layer", "token"}));
    QVERIFY(!(array == counting({6, 4}, {"layer", "token"})));
    QVERIFY(!(array == counting({4, 6}, {"layer", "head"})));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(HostArray({1}, {"a"}, "", {nan}) == HostArray({1}, {"a"}, "", {nan}));
    QVERIFY(!(HostArray({1}, {"a"}, "", {0.0F}) == HostArray({1}, {"a"}, "", {-0.0F})));
    QVERIFY(!(HostArray({1}, {"a"}, "p", {1}) == HostArray({1}, {"a"}, "bits", {1})));
  }

  void shapesFromOutsideAreChecked() {
    const auto isRefused = [](std::vector<std::int64_t> shape, std::int64_t count) {
      const auto checked = checkShape(shape, count);
      return checked.isError() && checked.error().code == "ARR-01";
    };
    QVERIFY(checkShape(std::vector<std::int64_t>{2, 3}, 6).hasValue());
    QVERIFY(checkShape(std::vector<std::int64_t>{0, 3}, 0).hasValue());
    QVERIFY(checkShape(std::vector<std::int64_t>{}, 1).hasValue());
    QVERIFY(isRefused({2, 3}, 5));
    QVERIFY(isRefused({-2, -3}, 6));
    QVERIFY(isRefused({std::int64_t{1} << 40, std::int64_t{1} << 40}, 0));
    QVERIFY(isRefused({std::numeric_limits<std::int64_t>::max(), 2}, 1));
  }
};

QTEST_APPLESS_MAIN(TestHostArray)
#include "tst_host_array.moc"
