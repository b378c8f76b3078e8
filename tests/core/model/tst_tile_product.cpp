#include <QtTest>

#include <cmath>
#include <cstring>
#include <random>

#include "core/checkpoint/dequantize.h"
#include "core/model/tile_product.h"

using namespace patchbay;

namespace {

/// A matrix of random blocks whose scales and offsets are small halves.
struct StoredMatrix {
  std::vector<std::byte> bytes;
  TensorView view;

  StoredMatrix(TensorType type, std::int64_t rows, std::int64_t columns, std::mt19937& random) {
    bytes.resize(bytesFor(type, static_cast<std::size_t>(rows * columns)));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    const auto putHalf = [&](std::size_t at, std::uint16_t bits) { std::memcpy(&bytes[at], &bits, sizeof bits); };
    const bool isPlain = type == TensorType::BF16;
    for (std::size_t at = 0; at < bytes.size(); at += blockBytes(type)) {
      putHalf(at, static_cast<std::uint16_t>((isPlain ? 0x3F00 : 0x2C00) + random() % 0x200));
      if (type == TensorType::Q4_1 || type == TensorType::Q5_1)
        putHalf(at + 2, static_cast<std::uint16_t>(0xB800 + random() % 0x200));
    }
    view.type = type;
    view.shape = {rows, columns};
    view.bytes = bytes;
  }
};

std::vector<float> randomRows(std::int64_t count, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<float> product(const StoredMatrix& matrix, std::span<const std::int32_t> order, const std::vector<float>& x,
                           std::int64_t begin, std::int64_t end) {
  const std::int64_t columns = matrix.view.shape[1];
  SplitRows split;
  split.resize(static_cast<std::int64_t>(x.size()) / columns, columns);
  split.split(x.data(), 0, split.tiles());
  std::vector<float> out(static_cast<std::size_t>(split.rows() * (end - begin)));
  multiplyTiles({.matrix = &matrix.view, .order = order, .x = &split, .out = out.data(), .outStride = end - begin},
                begin, end);
  return out;
}

}  // namespace

class TileProductTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!canMultiplyTiles(TensorType::Q4_1, 64)) QSKIP("this processor has no tile registers");
  }

  void equalsTheProductInDoublePrecision_data() {
    QTest::addColumn<int>("type");
    for (const TensorType type :
         {TensorType::Q4_0, TensorType::Q4_1, TensorType::Q5_0, TensorType::Q5_1, TensorType::Q8_0, TensorType::BF16})
      QTest::newRow(std::string(typeName(type)).c_str()) << static_cast<int>(type);
  }

  void equalsTheProductInDoublePrecision() {
    QFETCH(int, type);
    std::mt19937 random(11);
    for (const auto& [rows, columns, outputs] : std::vector<std::array<std::int64_t, 3>>{
             {1, 32, 1}, {5, 64, 31}, {16, 96, 33}, {17, 576, 200}, {70, 160, 129}}) {
      const StoredMatrix matrix(static_cast<TensorType>(type), outputs, columns, random);
      const std::vector<float> x = randomRows(rows * columns, random);
      std::vector<float> weights(static_cast<std::size_t>(outputs * columns));
      dequantize(matrix.view.type, matrix.bytes, weights);
      const std::vector<float> out = product(matrix, {}, x, 0, outputs);
      for (std::int64_t m = 0; m < rows; ++m) {
        for (std::int64_t n = 0; n < outputs; ++n) {
          double sum = 0, size = 0;
          for (std::int64_t k = 0; k < columns; ++k) {
            const double term = static_cast<double>(x[static_cast<std::size_t>(m * columns + k)]) *
                                weights[static_cast<std::size_t>(n * columns + k)];
            sum += term;
            size += std::abs(term);
          }
          QVERIFY(std::abs(out[static_cast<std::size_t>(m * outputs + n)] - sum) < 1e-6 * size);
        }
      }
    }
  }

  void aRowDoesNotDependOnItsNeighbours() {
    std::mt19937 random(12);
    const StoredMatrix matrix(TensorType::Q4_1, 100, 96, random);
    const std::vector<float> x = randomRows(std::int64_t{600} * 96, random);
    const std::vector<float> together = product(matrix, {}, x, 0, 100);
    for (const std::size_t row : {0U, 15U, 16U, 333U, 599U}) {
      const auto first = x.begin() + static_cast<std::ptrdiff_t>(row * 96);
      const std::vector<float> alone = product(matrix, {}, {first, first + 96}, 0, 100);
      QVERIFY(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(row * 100)));
    }
  }

  void aRangeAndAnOrderPickTheirRows() {
    std::mt19937 random(13);
    const StoredMatrix matrix(TensorType::Q8_0, 80, 64, random);
    const std::vector<float> x = randomRows(std::int64_t{20} * 64, random);
    std::vector<std::int32_t> order(80);
    for (std::int32_t i = 0; i < 80; ++i) order[static_cast<std::size_t>(i)] = 79 - i;
    const std::vector<float> all = product(matrix, {}, x, 0, 80), part = product(matrix, order, x, 40, 77);
    for (std::size_t m = 0; m < 20; ++m)
      for (std::size_t n = 0; n < 37; ++n) QCOMPARE(part[m * 37 + n], all[m * 80 + 79 - (40 + n)]);
  }

  void rowsSplitExactly() {
    std::mt19937 random(14);
    const std::vector<float> x = randomRows(std::int64_t{16} * 32, random);
    SplitRows split;
    split.resize(16, 32);
    split.split(x.data(), 0, 1);
    for (std::size_t r = 0; r < 16; ++r) {
      for (std::size_t c = 0; c < 32; ++c) {
        double sum = 0;
        for (int term = 0; term < SplitRows::kTerms; ++term) {
          const std::size_t at = static_cast<std::size_t>(term) * 512 + r * 32 + (c % 16) * 2 + c / 16;
          sum += std::bit_cast<float>(static_cast<std::uint32_t>(split.terms(0, 0)[at]) << 16);
        }
        QCOMPARE(sum, static_cast<double>(x[r * 32 + c]));
      }
    }
  }
};

QTEST_APPLESS_MAIN(TileProductTest)
#include "tst_tile_product.moc"
