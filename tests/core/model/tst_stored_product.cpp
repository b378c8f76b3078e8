#include <QtTest>

#include <array>
#include <cmath>
#include <cstring>
#include <random>

#include "core/checkpoint/dequantize.h"
#include "core/model/linear.h"
#include "core/model/panel_product.h"
#include "core/model/stored_product.h"

using namespace patchbay;

namespace {

constexpr std::array kTypes{TensorType::F32,  TensorType::F16,  TensorType::BF16, TensorType::Q4_0, TensorType::Q4_1,
                            TensorType::Q5_0, TensorType::Q5_1, TensorType::Q8_0, TensorType::Q2_K, TensorType::Q3_K,
                            TensorType::Q4_K, TensorType::Q5_K, TensorType::Q6_K};

/// A stored matrix of random bytes whose scales are small, so that every value is finite.
struct StoredMatrix {
  std::vector<std::byte> bytes;
  TensorView view;
  std::vector<float> weights;  ///< the same matrix written out

  StoredMatrix(TensorType type, std::int64_t rows, std::int64_t columns, std::mt19937& random) {
    bytes.resize(bytesFor(type, static_cast<std::size_t>(rows * columns)));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    const auto putHalf = [&](std::size_t at, std::uint32_t bits) {
      const auto half = static_cast<std::uint16_t>(bits);
      std::memcpy(&bytes[at], &half, sizeof half);
    };
    for (std::size_t at = 0; at < bytes.size(); at += blockBytes(type)) {
      if (type == TensorType::F32) {
        const float value = static_cast<float>(random() % 2001) / 1000.0F - 1;
        std::memcpy(&bytes[at], &value, sizeof value);
        continue;
      }
      const std::uint32_t half = (type == TensorType::BF16 ? 0x3F00 : 0x2C00) + random() % 0x200;
      const bool isPlain = !isQuantised(type);
      putHalf(scaleAt(type) + at, half + (isPlain && random() % 2 == 0 ? 0x8000 : 0));
      if (hasOffset(type)) putHalf(scaleAt(type) + at + 2, 0xB000 + random() % 0x200);
    }
    view.name = "matrix";
    view.type = type;
    view.shape = {rows, columns};
    view.bytes = bytes;
    weights.resize(static_cast<std::size_t>(rows * columns));
    dequantize(type, bytes, weights);
  }

  /// Where a block keeps its float16 scale: at its end in Q3_K and Q6_K, behind the scales in Q2_K.
  static std::size_t scaleAt(TensorType type) {
    if (type == TensorType::Q2_K) return 80;
    if (type == TensorType::Q3_K) return 108;
    return type == TensorType::Q6_K ? 208 : 0;
  }
  static bool hasOffset(TensorType type) {
    return type == TensorType::Q4_1 || type == TensorType::Q5_1 || type == TensorType::Q2_K ||
           type == TensorType::Q4_K || type == TensorType::Q5_K;
  }
};

std::vector<float> randomRows(std::int64_t count, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 2);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

/// The product in double, and the sum of the sizes of its terms, which bounds the rounding of any order of summing.
struct Exact {
  double sum = 0, size = 0;
};

Exact exactly(const StoredMatrix& matrix, std::int64_t row, const float* x) {
  Exact exact;
  const std::int64_t columns = matrix.view.shape[1];
  for (std::int64_t c = 0; c < columns; ++c) {
    const double term = static_cast<double>(matrix.weights[static_cast<std::size_t>(row * columns + c)]) * x[c];
    exact.sum += term;
    exact.size += std::abs(term);
  }
  return exact;
}

}  // namespace

/// Products with matrices in the file's own form, against the written-out weights in double precision.
class StoredProductTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void types_data() {
    QTest::addColumn<int>("type");
    for (const TensorType type : kTypes) QTest::newRow(std::string(typeName(type)).c_str()) << static_cast<int>(type);
  }

  void storedLoopsEqualTheDoubleProduct_data() { types_data(); }
  void storedLoopsEqualTheDoubleProduct() {
    QFETCH(int, type);
    std::mt19937 random(5);
    for (const std::int64_t columns : {32, 64, 96, 256, 576}) {
      if (columns % static_cast<std::int64_t>(blockSize(static_cast<TensorType>(type))) != 0) continue;
      if (!canMultiplyStored(static_cast<TensorType>(type), columns)) QSKIP("no loop for this type here");
      const std::int64_t outputs = 37;
      const StoredMatrix matrix(static_cast<TensorType>(type), outputs, columns, random);
      for (int rows = 1; rows <= kMaxStoredRows; ++rows) {
        const std::vector<float> x = randomRows(rows * columns, random);
        std::vector<float> out(static_cast<std::size_t>(rows * outputs), std::nanf(""));
        multiplyStored(
            {.matrix = &matrix.view, .order = {}, .x = x.data(), .rows = rows, .out = out.data(), .outStride = outputs},
            0, outputs);
        for (std::int64_t m = 0; m < rows; ++m) {
          for (std::int64_t n = 0; n < outputs; ++n) {
            const Exact exact = exactly(matrix, n, x.data() + m * columns);
            QVERIFY(std::abs(out[static_cast<std::size_t>(m * outputs + n)] - exact.sum) <= 1e-6 * exact.size + 1e-12);
          }
        }
      }
    }
  }

  void aRangeWritesOnlyItsOutputs() {
    if (!canMultiplyStored(TensorType::Q8_0, 64)) QSKIP("this processor has no stored loops");
    std::mt19937 random(6);
    const StoredMatrix matrix(TensorType::Q8_0, 20, 64, random);
    const std::vector<float> x = randomRows(2 * 64, random);
    std::vector<float> whole(40), part(40, 77);
    const StoredProduct product{
        .matrix = &matrix.view, .order = {}, .x = x.data(), .rows = 2, .out = whole.data(), .outStride = 20};
    multiplyStored(product, 0, 20);
    StoredProduct some = product;
    some.out = part.data();
    multiplyStored(some, 5, 9);
    multiplyStored(some, 12, 12);
    for (std::size_t m = 0; m < 2; ++m)
      for (std::size_t n = 0; n < 20; ++n) QCOMPARE(part[m * 20 + n], n >= 5 && n < 9 ? whole[m * 20 + n] : 77.0F);
  }

  void anOrderPicksTheFilesRows() {
    if (!canMultiplyStored(TensorType::Q4_1, 32)) QSKIP("this processor has no stored loops");
    std::mt19937 random(7);
    const StoredMatrix matrix(TensorType::Q4_1, 6, 32, random);
    const std::vector<float> x = randomRows(32, random);
    const std::vector<std::int32_t> order{5, 0, 3, 1, 4, 2};
    std::vector<float> plain(6), ordered(6);
    multiplyStored({.matrix = &matrix.view, .order = {}, .x = x.data(), .rows = 1, .out = plain.data(), .outStride = 6},
                   0, 6);
    multiplyStored(
        {.matrix = &matrix.view, .order = order, .x = x.data(), .rows = 1, .out = ordered.data(), .outStride = 6}, 0,
        6);
    for (std::size_t i = 0; i < 6; ++i) QCOMPARE(ordered[i], plain[static_cast<std::size_t>(order[i])]);
  }

  void aRowDoesNotDependOnTheOthers() {
    if (!canMultiplyStored(TensorType::Q4_0, 96)) QSKIP("this processor has no stored loops");
    std::mt19937 random(8);
    const StoredMatrix matrix(TensorType::Q4_0, 11, 96, random);
    const std::vector<float> x = randomRows(4 * 96, random);
    std::vector<float> together(44);
    multiplyStored(
        {.matrix = &matrix.view, .order = {}, .x = x.data(), .rows = 4, .out = together.data(), .outStride = 11}, 0,
        11);
    for (std::size_t m = 0; m < 4; ++m) {
      std::vector<float> alone(11);
      multiplyStored({.matrix = &matrix.view,
                      .order = {},
                      .x = x.data() + m * 96,
                      .rows = 1,
                      .out = alone.data(),
                      .outStride = 11},
                     0, 11);
      for (std::size_t n = 0; n < 11; ++n) QCOMPARE(alone[n], together[m * 11 + n]);
    }
  }

  void decodedPanelsEqualTheDoubleProduct_data() { types_data(); }
  void decodedPanelsEqualTheDoubleProduct() {
    QFETCH(int, type);
    if (!canMultiplyStored(static_cast<TensorType>(type), 96)) QSKIP("no loop for this type here");
    std::mt19937 random(10);
    for (const auto& [rows, columns, outputs] : std::vector<std::array<std::int64_t, 3>>{
             {1, 32, 1}, {5, 64, 31}, {12, 96, 33}, {13, 576, 200}, {70, 1536, 65}}) {
      const StoredMatrix matrix(static_cast<TensorType>(type), outputs, columns, random);
      const std::vector<float> x = randomRows(rows * columns, random);
      std::vector<float> out(static_cast<std::size_t>(rows * outputs), std::nanf(""));
      multiplyDecoded(
          {.matrix = &matrix.view, .order = {}, .x = x.data(), .rows = rows, .out = out.data(), .outStride = outputs},
          0, outputs);
      for (std::int64_t m = 0; m < rows; ++m) {
        for (std::int64_t n = 0; n < outputs; ++n) {
          const Exact exact = exactly(matrix, n, x.data() + m * columns);
          QVERIFY(std::abs(out[static_cast<std::size_t>(m * outputs + n)] - exact.sum) <= 1e-6 * exact.size + 1e-12);
        }
      }
    }
  }

  void aDecodedRowIsTheSameInEveryCompany() {
    if (!canMultiplyStored(TensorType::Q4_1, 96)) QSKIP("no loop for this type here");
    std::mt19937 random(12);
    const StoredMatrix matrix(TensorType::Q4_1, 100, 96, random);
    std::vector<std::int32_t> order(100);
    for (std::int32_t i = 0; i < 100; ++i) order[static_cast<std::size_t>(i)] = 99 - i;
    const std::vector<float> x = randomRows(std::int64_t{60} * 96, random);
    const auto product = [&](std::size_t first, std::int64_t rows, std::int64_t begin, std::int64_t end) {
      std::vector<float> out(static_cast<std::size_t>(rows * (end - begin)));
      multiplyDecoded({.matrix = &matrix.view,
                       .order = order,
                       .x = x.data() + first * 96,
                       .rows = rows,
                       .out = out.data(),
                       .outStride = end - begin},
                      begin, end);
      return out;
    };
    const std::vector<float> together = product(0, 60, 0, 100);
    for (const std::size_t row : {0U, 11U, 12U, 47U, 59U}) {
      const std::vector<float> part = product(row, 1, 40, 77);
      for (std::size_t n = 0; n < 37; ++n) QCOMPARE(part[n], together[row * 100 + 40 + n]);
    }
  }

  void onlyWholeBlocksAreMultiplied() {
    for (const TensorType type : kTypes)
      for (const std::int64_t columns : {1, 31, 33, 48}) QVERIFY(!canMultiplyStored(type, columns));
    for (const TensorType type : {TensorType::Q2_K, TensorType::Q6_K}) QVERIFY(!canMultiplyStored(type, 256));
  }

  void rowsAreTheWrittenOutRows_data() { types_data(); }
  void rowsAreTheWrittenOutRows() {
    QFETCH(int, type);
    std::mt19937 random(9);
    const StoredMatrix matrix(static_cast<TensorType>(type), 7, 256, random);
    const LinearPart plain{.weight = &matrix.view, .bias = nullptr, .order = {}};
    const LinearPart turned{.weight = &matrix.view, .bias = nullptr, .order = {6, 5, 4, 3, 2, 1, 0}};
    const std::vector<std::int32_t> ids{3, 0, 6, 3};
    const at::Tensor rows = storedRows(plain, ids), mirrored = storedRows(turned, ids);
    QCOMPARE(rows.sizes().vec(), (std::vector<std::int64_t>{4, 256}));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (std::size_t c = 0; c < 256; ++c) {
        QCOMPARE(rows.const_data_ptr<float>()[i * 256 + c], matrix.weights[static_cast<std::size_t>(ids[i]) * 256 + c]);
        QCOMPARE(mirrored.const_data_ptr<float>()[i * 256 + c],
                 matrix.weights[static_cast<std::size_t>(6 - ids[i]) * 256 + c]);
      }
    }
    QCOMPARE(storedRows(plain, {}).numel(), std::int64_t{0});
  }

  void everyWayOfALinearEqualsTheDoubleProduct_data() { types_data(); }
  void everyWayOfALinearEqualsTheDoubleProduct() {
    QFETCH(int, type);
    std::mt19937 random(10);
    // Two matrices side by side, the first in another order: as q|k|v is made.
    const StoredMatrix first(static_cast<TensorType>(type), 5, 256, random),
        second(static_cast<TensorType>(type), 9, 256, random);
    JobContext context;
    const Linear linear({{.weight = &first.view, .bias = nullptr, .order = {4, 3, 2, 1, 0}},
                         {.weight = &second.view, .bias = nullptr, .order = {}}},
                        at::TensorOptions().dtype(at::kFloat), context);
    QCOMPARE(linear.inputs(), std::int64_t{256});
    QCOMPARE(linear.outputs(), std::int64_t{14});
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 16, 33}) {
      const std::vector<float> x = randomRows(rows * 256, random);
      const at::Tensor input = at::from_blob(const_cast<float*>(x.data()), {rows, 256}, at::kFloat);
      const at::Tensor out = linear(input);
      QCOMPARE(out.sizes().vec(), (std::vector<std::int64_t>{rows, 14}));
      for (std::int64_t m = 0; m < rows; ++m) {
        for (std::int64_t n = 0; n < 14; ++n) {
          const Exact exact =
              n < 5 ? exactly(first, 4 - n, x.data() + m * 256) : exactly(second, n - 5, x.data() + m * 256);
          QVERIFY(std::abs(out[m][n].item<double>() - exact.sum) <= 2e-6 * exact.size + 1e-12);
        }
      }
    }
  }
};

QTEST_APPLESS_MAIN(StoredProductTest)
#include "tst_stored_product.moc"
