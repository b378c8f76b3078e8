#include <QtTest>

#include <cmath>
#include <random>
#include <vector>

#include "core/tensor/panel_kernel.h"

using namespace patchbay;

namespace {

std::vector<float> randomValues(std::int64_t count, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

}  // namespace

/// Panels against sums in double precision.
class PanelKernelTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() {
    if (!hasPanelKernel()) QSKIP("this processor has neither AVX-512 nor AVX2");
  }

  void packedRowsBecomeColumns() {
    std::mt19937 random(3);
    for (const auto& [count, inner] : std::vector<std::pair<std::int64_t, std::int64_t>>{{32, 64}, {1, 5}, {17, 33}}) {
      const std::vector<float> rows = randomValues(count * (inner + 3), random);
      std::vector<float> panel(static_cast<std::size_t>(inner * kPanelWidth + 1), -7);
      packPanel(rows.data(), inner + 3, count, inner, panel.data());
      for (std::int64_t k = 0; k < inner; ++k) {
        for (std::int64_t n = 0; n < kPanelWidth; ++n) {
          const float expected = n < count ? rows[static_cast<std::size_t>(n * (inner + 3) + k)] : 0;
          QCOMPARE(panel[static_cast<std::size_t>(k * kPanelWidth + n)], expected);
        }
      }
      QCOMPARE(panel.back(), -7.0F);  // nothing is written behind the panel
    }
  }

  void everyCountOfRowsAndColumnsIsRight() {
    std::mt19937 random(4);
    constexpr std::int64_t kInner = 19, kStride = 40;
    const std::vector<float> panel = randomValues(kInner * kPanelWidth, random);
    for (std::int64_t rows = 1; rows <= 30; ++rows) {
      for (const std::int64_t width : {1, 15, 16, 17, 31, 32}) {
        const std::vector<float> a = randomValues(rows * kInner, random);
        std::vector<float> out(static_cast<std::size_t>(rows * kStride), 5);
        for (const bool adds : {false, true}) {
          multiplyPanel({.a = a.data(),
                         .aStride = kInner,
                         .rows = rows,
                         .inner = kInner,
                         .panel = panel.data(),
                         .panelStride = kPanelWidth,
                         .out = out.data(),
                         .outStride = kStride,
                         .width = width,
                         .adds = adds});
          for (std::int64_t r = 0; r < rows; ++r) {
            for (std::int64_t n = 0; n < kStride; ++n) {
              double sum = 0;
              for (std::int64_t k = 0; k < kInner; ++k) {
                sum += static_cast<double>(a[static_cast<std::size_t>(r * kInner + k)]) *
                       panel[static_cast<std::size_t>(k * kPanelWidth + n % kPanelWidth)];
              }
              const double expected = n < width ? (adds ? 2 * sum : sum) : 5;
              QVERIFY(std::abs(out[static_cast<std::size_t>(r * kStride + n)] - expected) < 1e-5);
            }
          }
        }
      }
    }
  }
};

QTEST_APPLESS_MAIN(PanelKernelTest)
#include "tst_panel_kernel.moc"
