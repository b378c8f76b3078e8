#include <QtTest>

#include <cmath>

#include "core/tensor/host_copy.h"
#include "core/tensor/row_kernels.h"

using namespace patchbay;

/// Row operations at widths that fill no vector register, and copies to the host.
class RowKernels : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { at::manual_seed(23); }
  void widths_data();
  void normIsItsFormula_data() { widths_data(); }
  void normIsItsFormula();
  void normDoesNotSeeTheScale();
  void zeroRowsStayZero();
  void siluIsItsFormula_data() { widths_data(); }
  void siluIsItsFormula();
  void siluAtItsEnds();
  void rotationIsItsFormula_data() { widths_data(); }
  void rotationIsItsFormula();
  void rotationsAddUp();
  void rotatedViewsAreReadRight();
  void rowsDoNotDependOnOneAnother();
  void aHostCopyIsACopy();
  void aHostCopyOfAViewIsDense();
  void aTensorSharesTheArray();
};

namespace {

double largest(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace

void RowKernels::widths_data() {
  QTest::addColumn<int>("width");
  for (const int width : {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 127, 576}) QTest::addRow("%d", width) << width;
}

void RowKernels::normIsItsFormula() {
  QFETCH(int, width);
  const at::Tensor x = at::randn({5, width}) * 3, weight = at::randn({width});
  const at::Tensor wide = x.to(at::kDouble);
  const at::Tensor expected = wide / (wide.pow(2).mean(-1, true) + 1e-5).sqrt() * weight.to(at::kDouble);
  QVERIFY(largest(rmsNorm(x, weight, 1e-5), expected) < 1e-5);
  QVERIFY(largest(rmsNorm(x.t().contiguous().t(), weight, 1e-5), expected) < 1e-5);
}

void RowKernels::normDoesNotSeeTheScale() {
  const at::Tensor x = at::randn({4, 37}), one = at::ones({37});
  QVERIFY(largest(rmsNorm(x * 1000, one, 0), rmsNorm(x, one, 0)) < 1e-5);
  QVERIFY(largest(rmsNorm(x, one, 0).pow(2).mean(-1), at::ones({4})) < 1e-5);
}

void RowKernels::zeroRowsStayZero() {
  const at::Tensor x = at::zeros({2, 5});
  QVERIFY(at::equal(rmsNorm(x, at::ones({5}), 1e-6), x));
}

void RowKernels::siluIsItsFormula() {
  QFETCH(int, width);
  const at::Tensor gateUp = at::randn({3, 2, 2 * width}) * 5;
  const at::Tensor gate = gateUp.narrow(-1, 0, width).to(at::kDouble),
                   up = gateUp.narrow(-1, width, width).to(at::kDouble);
  const at::Tensor expected = gate / (1 + (-gate).exp()) * up;
  const at::Tensor found = siluTimesUp(gateUp);
  QVERIFY(found.sizes() == expected.sizes());
  QVERIFY(largest(found, expected) < 2e-5);
  QVERIFY(largest(siluTimesUp(gateUp.transpose(0, 1)), expected.transpose(0, 1)) < 2e-5);
}

void RowKernels::siluAtItsEnds() {
  const float gates[] = {-1000.0F, -88.5F, 0.0F, 88.5F, 1000.0F};
  for (const float gate : gates) {
    const float value = siluTimesUp(at::tensor({gate, 2.0F}).view({1, 2})).item<float>();
    QVERIFY(std::isfinite(value));
    QVERIFY(std::abs(value - (gate > 0 ? 2 * gate : 0.0F)) <
            1e-30F + 1e-5F * std::abs(gate) * (gate > 0 ? 1.0F : 0.0F));
  }
}

void RowKernels::rotationIsItsFormula() {
  QFETCH(int, width);
  const std::int64_t half = width;
  const at::Tensor x = at::randn({2, 3, 2, 2 * half}), angles = at::randn({3, half}) * 3;
  const at::Tensor found = rotate(x, angles.cos(), angles.sin());
  for (std::int64_t b = 0; b < 2; ++b) {
    for (std::int64_t t = 0; t < 3; ++t) {
      for (std::int64_t h = 0; h < 2; ++h) {
        const at::Tensor from = x[b][t][h].to(at::kDouble), c = angles[t].to(at::kDouble).cos(),
                         s = angles[t].to(at::kDouble).sin();
        const at::Tensor a = from.narrow(0, 0, half), z = from.narrow(0, half, half);
        QVERIFY(largest(found[b][t][h].narrow(0, 0, half), a * c - z * s) < 1e-5);
        QVERIFY(largest(found[b][t][h].narrow(0, half, half), z * c + a * s) < 1e-5);
      }
    }
  }
}

void RowKernels::rotationsAddUp() {
  const at::Tensor x = at::randn({1, 4, 3, 10}), a = at::randn({4, 5}), b = at::randn({4, 5});
  const at::Tensor twice = rotate(rotate(x, a.cos(), a.sin()), b.cos(), b.sin());
  QVERIFY(largest(twice, rotate(x, (a + b).cos(), (a + b).sin())) < 1e-5);
  QVERIFY(at::equal(rotate(x, at::ones({4, 5}), at::zeros({4, 5})), x));
  QVERIFY(largest(rotate(rotate(x, a.cos(), a.sin()), a.cos(), -a.sin()), x) < 1e-5);
}

void RowKernels::rotatedViewsAreReadRight() {
  // q, k and v lie side by side in one product: k is a view with strides of its own.
  const at::Tensor fused = at::randn({2, 3, 8 * 6}), angles = at::randn({3, 3});
  const at::Tensor view = fused.narrow(-1, 4 * 6, 2 * 6).view({2, 3, 2, 6});
  QVERIFY(!view.is_contiguous());
  const at::Tensor c = angles.cos(), s = angles.sin();
  QVERIFY(at::equal(rotate(view, c, s), rotate(view.contiguous(), c, s)));
  const at::Tensor turned = at::randn({2, 2, 3, 6}).transpose(1, 2);
  QVERIFY(largest(rotate(turned, c, s), rotate(turned.contiguous(), c, s)) < 1e-6);
}

void RowKernels::rowsDoNotDependOnOneAnother() {
  const at::Tensor x = at::randn({700, 66}), weight = at::randn({66});
  const at::Tensor norm = rmsNorm(x, weight, 1e-5), silu = siluTimesUp(x);
  for (const std::int64_t row : {0, 1, 349, 699}) {
    QVERIFY(at::equal(rmsNorm(x.narrow(0, row, 1), weight, 1e-5), norm.narrow(0, row, 1)));
    QVERIFY(at::equal(siluTimesUp(x.narrow(0, row, 1)), silu.narrow(0, row, 1)));
  }
}

void RowKernels::aHostCopyIsACopy() {
  at::Tensor x = at::arange(6, at::kFloat).view({2, 3});
  const HostArray copy = toHost(x, {"layer", "token"}, "nats");
  x.fill_(-1);
  QCOMPARE(copy.shape(), (std::vector<std::int64_t>{2, 3}));
  QCOMPARE(copy.axes(), (std::vector<std::string>{"layer", "token"}));
  QCOMPARE(copy.unit(), std::string("nats"));
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j) QCOMPARE(copy.at(i, j), static_cast<float>(3 * i + j));
}

void RowKernels::aHostCopyOfAViewIsDense() {
  const at::Tensor x = at::arange(24, at::kInt).view({2, 3, 4});
  const HostArray turned = toHost(x.permute({2, 0, 1}), {"a", "b", "c"}, "");
  QCOMPARE(turned.shape(), (std::vector<std::int64_t>{4, 2, 3}));
  for (std::int64_t a = 0; a < 4; ++a)
    for (std::int64_t b = 0; b < 2; ++b)
      for (std::int64_t c = 0; c < 3; ++c) QCOMPARE(turned.at(a, b, c), static_cast<float>(b * 12 + c * 4 + a));
  QCOMPARE(toHost(at::empty({0, 3}), {"a", "b"}, "").size(), std::int64_t{0});
  const at::Tensor halves = at::tensor({0.5F, -2.0F}).to(at::kBFloat16);
  QCOMPARE(toHost(halves, {"a"}, "").at(1), -2.0F);
}

void RowKernels::aTensorSharesTheArray() {
  const HostArray array({2, 2}, {"a", "b"}, "", {1, 2, 3, 4});
  const at::Tensor tensor = toTensor(array);
  QVERIFY(tensor.const_data_ptr<float>() == array.values().data());
  QVERIFY(toHost(tensor, {"a", "b"}, "") == array);
}

QTEST_APPLESS_MAIN(RowKernels)
#include "tst_row_kernels.moc"
