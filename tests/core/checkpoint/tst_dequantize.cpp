#include "core/checkpoint/dequantize.h"

#include <QtTest>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

using namespace patchbay;

namespace {

struct Golden {
  std::string name;
  std::vector<std::byte> blocks;
  std::vector<float> values;
};

/// The records of quant_golden.bin; make_quant_golden.py describes them.
std::vector<Golden> readGolden() {
  std::ifstream file(PATCHBAY_SOURCE_DIR "/tests/core/checkpoint/quant_golden.bin", std::ios::binary);
  const auto number = [&file] {
    std::uint32_t value = 0;
    file.read(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  };
  std::vector<Golden> records;
  while (file.peek() != std::ifstream::traits_type::eof()) {
    Golden record;
    record.name.resize(number());
    file.read(record.name.data(), static_cast<std::streamsize>(record.name.size()));
    record.blocks.resize(number());
    record.values.resize(number());
    file.read(reinterpret_cast<char*>(record.blocks.data()), static_cast<std::streamsize>(record.blocks.size()));
    file.read(reinterpret_cast<char*>(record.values.data()),
              static_cast<std::streamsize>(record.values.size() * sizeof(float)));
    records.push_back(std::move(record));
  }
  return records;
}

TensorType typeNamed(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(TensorType::Q6_K); ++i) {
    if (typeName(static_cast<TensorType>(i)) == name) return static_cast<TensorType>(i);
  }
  qFatal("no type %s", name.c_str());
}

std::uint32_t bitsOf(float value) { return std::bit_cast<std::uint32_t>(value); }

}  // namespace

class TstDequantize : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void equalsTheReference_data();
  void equalsTheReference();
  void everyHalf();
  void rowsMayBeTakenOneByOne();
  void sourceNeedNotBeAligned();
  void sizesOfEveryType();
  void ggufNumbers();
  void speed_data();
  void speed();
};

void TstDequantize::equalsTheReference_data() {
  QTest::addColumn<int>("index");
  const auto records = readGolden();
  QCOMPARE(records.size(), std::size_t{13});
  for (int i = 0; i < 13; ++i) QTest::newRow(records[static_cast<std::size_t>(i)].name.c_str()) << i;
}

void TstDequantize::equalsTheReference() {
  QFETCH(int, index);
  const Golden record = readGolden()[static_cast<std::size_t>(index)];
  const TensorType type = typeNamed(record.name);
  QVERIFY(record.values.size() >= 768);
  QCOMPARE(bytesFor(type, record.values.size()), record.blocks.size());
  std::vector<float> values(record.values.size(), -1.0f);
  dequantize(type, record.blocks, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (bitsOf(values[i]) != bitsOf(record.values[i])) {
      QFAIL(qPrintable(
          QString("value %1: %2, expected %3").arg(i).arg(values[i], 0, 'g', 9).arg(record.values[i], 0, 'g', 9)));
    }
  }
}

/// All 65,536 halves against their definition: sign, exponent, fraction.
void TstDequantize::everyHalf() {
  std::vector<std::uint16_t> halves(65'536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> values(halves.size());
  dequantize(TensorType::F16, std::as_bytes(std::span(halves)), values);
  for (const std::uint16_t half : halves) {
    const int exponent = half >> 10 & 31;
    const int fraction = half & 1023;
    const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
    const float magnitude = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                            : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                            : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    const float expected = sign * magnitude;
    if (std::isnan(expected))
      QVERIFY(std::isnan(values[half]));
    else
      QCOMPARE(bitsOf(values[half]), bitsOf(expected));
  }
}

void TstDequantize::rowsMayBeTakenOneByOne() {
  for (const Golden& record : readGolden()) {
    const TensorType type = typeNamed(record.name);
    const std::size_t step = blockSize(type);
    std::vector<float> values(record.values.size());
    for (std::size_t row = 0; row < values.size() / step; ++row) {
      dequantize(type, std::span(record.blocks).subspan(row * blockBytes(type), blockBytes(type)),
                 std::span(values).subspan(row * step, step));
    }
    QVERIFY(std::memcmp(values.data(), record.values.data(), values.size() * sizeof(float)) == 0);
  }
}

void TstDequantize::sourceNeedNotBeAligned() {
  for (const Golden& record : readGolden()) {
    std::vector<std::byte> shifted(record.blocks.size() + 1);
    std::copy(record.blocks.begin(), record.blocks.end(), shifted.begin() + 1);
    std::vector<float> values(record.values.size());
    dequantize(typeNamed(record.name), std::span<const std::byte>(shifted).subspan(1), values);
    QVERIFY(std::memcmp(values.data(), record.values.data(), values.size() * sizeof(float)) == 0);
  }
}

void TstDequantize::sizesOfEveryType() {
  QCOMPARE(bytesFor(TensorType::F32, 10), std::size_t{40});
  QCOMPARE(bytesFor(TensorType::BF16, 10), std::size_t{20});
  QCOMPARE(bytesFor(TensorType::Q4_1, 64), std::size_t{40});
  QCOMPARE(bytesFor(TensorType::Q6_K, 512), std::size_t{420});
  QVERIFY(!isQuantised(TensorType::BF16));
  QVERIFY(isQuantised(TensorType::Q8_0));
}

void TstDequantize::ggufNumbers() {
  QVERIFY(typeOfGgufNumber(3) == TensorType::Q4_1);
  QVERIFY(typeOfGgufNumber(30) == TensorType::BF16);
  QVERIFY(!typeOfGgufNumber(23).has_value());
  QVERIFY(nameOfGgufNumber(23) == "IQ4_XS");
  QVERIFY(nameOfGgufNumber(4).empty());
  QVERIFY(nameOfGgufNumber(4'000'000'000U).empty());
  for (std::uint32_t number = 0; number < 64; ++number) {
    if (const auto type = typeOfGgufNumber(number)) QVERIFY(nameOfGgufNumber(number) == typeName(*type));
  }
}

void TstDequantize::speed_data() {
  QTest::addColumn<int>("type");
  for (const TensorType type : {TensorType::F16, TensorType::BF16, TensorType::Q4_0, TensorType::Q4_1, TensorType::Q8_0,
                                TensorType::Q4_K, TensorType::Q6_K}) {
    QTest::newRow(std::string(typeName(type)).c_str()) << static_cast<int>(type);
  }
}

/// Prints gigabytes of output a second on one core; fails only when it is so slow that the loops are not vectors.
void TstDequantize::speed() {
  QFETCH(int, type);
  const auto kind = static_cast<TensorType>(type);
  constexpr std::size_t kValues = std::size_t{1} << 20;
  const std::vector<std::byte> blocks(bytesFor(kind, kValues), std::byte{0x11});
  std::vector<float> values(kValues);
  dequantize(kind, blocks, values);
  double best = 0;
  for (int repeat = 0; repeat < 7; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    dequantize(kind, blocks, values);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(kValues) * sizeof(float) / 1e9 / seconds.count());
  }
  QTest::setBenchmarkResult(best * 1e9, QTest::BytesPerSecond);
  qInfo("%s: %.2f GB/s", std::string(typeName(kind)).c_str(), best);
  QVERIFY(best > 0.05);
}

QTEST_APPLESS_MAIN(TstDequantize)
#include "tst_dequantize.moc"
