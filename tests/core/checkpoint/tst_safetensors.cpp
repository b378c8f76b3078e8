#include "core/checkpoint/safetensors_header.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/checkpoint/refusal.h"
#include "tests/support/safetensors_builder.h"

using namespace patchbay;
using namespace patchbay::tests;

namespace {

const std::string kData(24, '\x01');

}  // namespace

class TstSafetensors : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void readsTensorsInTheOrderOfTheirBytes();
  void emptyAndScalarTensors();
  void buffersAreLeftOut();
  void refuses_data();
  void refuses();
  void messagesNameFileAndField();
  void namesInMessagesAreHarmless();

private:
  SafetensorsFile read(const std::string& bytes);
  Error refusalOf(const std::string& bytes);

  QTemporaryDir m_folder;
  std::shared_ptr<const MappedFile> m_file;
};

SafetensorsFile TstSafetensors::read(const std::string& bytes) {
  const std::string path = m_folder.filePath("a.safetensors").toStdString();
  writeFile(path, bytes);
  m_file = MappedFile::open(path).value();
  return readSafetensors(*m_file);
}

Error TstSafetensors::refusalOf(const std::string& bytes) {
  try {
    (void)read(bytes);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
  return {};
}

void TstSafetensors::readsTensorsInTheOrderOfTheirBytes() {
  const SafetensorsFile file =
      read(safetensorsFile({{"z", "F32", {2, 1}, std::string(8, 'a')}, {"b", "BF16", {3}, std::string(6, 'b')}}));
  QCOMPARE(file.tensors.size(), std::size_t{2});
  QCOMPARE(file.tensors[0].name, std::string("z"));
  QVERIFY(file.tensors[0].shape == (std::vector<std::int64_t>{2, 1}));
  QVERIFY(file.tensors[0].type == TensorType::F32);
  QCOMPARE(file.tensors[1].name, std::string("b"));
  QVERIFY(file.tensors[1].type == TensorType::BF16);
  QVERIFY(file.tensors[1].bytes.front() == std::byte{'b'});
  QCOMPARE(file.tensors[1].valueCount(), std::int64_t{3});
  QVERIFY(file.warnings.empty());
}

void TstSafetensors::emptyAndScalarTensors() {
  const SafetensorsFile file =
      read(safetensorsFile({{"empty", "F16", {0, 7}, ""}, {"one", "F32", {}, std::string(4, '\0')}}));
  QCOMPARE(file.tensors.size(), std::size_t{2});
  QVERIFY(file.tensors[0].bytes.empty());
  QCOMPARE(file.tensors[1].valueCount(), std::int64_t{1});
}

void TstSafetensors::buffersAreLeftOut() {
  const SafetensorsFile file = read(
      safetensorsFile({{"position_ids", "I64", {1}, std::string(8, '\0')}, {"w", "F32", {1}, std::string(4, '\0')}}));
  QCOMPARE(file.tensors.size(), std::size_t{1});
  QCOMPARE(file.warnings.size(), std::size_t{1});
  QVERIFY(file.warnings[0].find("position_ids") != std::string::npos);
}

void TstSafetensors::refuses_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("code");
  QTest::addColumn<QString>("word");
  const auto row = [](const char* name, const std::string& bytes, const char* code, const char* word) {
    QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << QString(code)
                        << QString(word);
  };
  const auto header = [&](const char* name, const std::string& json, const char* code, const char* word) {
    row(name, safetensorsFile(json, kData), code, word);
  };
  row("no length", "abc", "ST-01", "3 bytes");
  row("length alone", std::string(8, '\0'), "ST-01", "8 bytes");
  row("length past end", safetensorsFile("{}", "").replace(0, 2, "\xFF\x7F"), "ST-02", "32767");
  row("length huge", std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8) + "{}", "ST-02", "header length");
  header("no brace", "[1]", "ST-03", "header");
  header("cut off", R"({"a":{"dtype":"F32")", "ST-03", "header");
  header("not UTF-8", "{\"\xFF\":{}}", "ST-03", "header");
  header("NaN", R"({"a":NaN})", "ST-03", "header");
  header("value not an object", R"({"a":7})", "ST-04", "tensor a");
  header("too deep", R"({"a":{"dtype":"F32","shape":[[6]],"data_offsets":[0,24]}})", "ST-04", "shape of tensor a");
  header("object in field", R"({"a":{"dtype":{},"shape":[6],"data_offsets":[0,24]}})", "ST-04", "dtype of tensor a");
  header("unknown field", R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24],"x":[1]}})", "ST-04", "x");
  header("no dtype", R"({"a":{"shape":[6],"data_offsets":[0,24]}})", "ST-04", "dtype of tensor a");
  header("no shape", R"({"a":{"dtype":"F32","data_offsets":[0,24]}})", "ST-04", "shape of tensor a");
  header("no offsets", R"({"a":{"dtype":"F32","shape":[6]}})", "ST-04", "data_offsets of tensor a");
  header("one offset", R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[24]}})", "ST-04", "data_offsets");
  header("three offsets", R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24,24]}})", "ST-04", "data_offsets");
  header("negative offset", R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[-1,24]}})", "ST-04", "-1");
  header("fraction", R"({"a":{"dtype":"F32","shape":[6.5],"data_offsets":[0,24]}})", "ST-04", "6.5");
  header("number beyond 64 bits", R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,24]}})",
         "ST-04", "shape of tensor a");
  header("metadata not text", R"({"__metadata__":{"a":1}})", "ST-04", "__metadata__");
  header("empty name", R"({"":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})", "ST-04", "empty");
  header(
      "name twice",
      R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})",
      "ST-05", "tensor a");
  header("field twice", R"({"a":{"dtype":"F32","dtype":"F16","shape":[6],"data_offsets":[0,24]}})", "ST-05", "dtype");
  header("unknown dtype", R"({"a":{"dtype":"F31","shape":[6],"data_offsets":[0,24]}})", "ST-06", "F31");
  header("8-bit floats", R"({"a.weight":{"dtype":"F8_E4M3","shape":[24],"data_offsets":[0,24]}})", "ST-06", "F8_E4M3");
  header("packed by GPTQ", R"({"a.qweight":{"dtype":"I32","shape":[6],"data_offsets":[0,24]}})", "ST-06", "I32");
  header("five dimensions", R"({"a":{"dtype":"F32","shape":[1,1,1,1,6],"data_offsets":[0,24]}})", "ST-07", "at most 4");
  header("shape overflows", R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,24]}})", "ST-07",
         "shape of tensor a");
  header("begin after end", R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[24,0]}})", "ST-08",
         "data_offsets of tensor a");
  header("end outside", R"({"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}})", "ST-08", "28");
  header("shape too small", R"({"a":{"dtype":"F32","shape":[5],"data_offsets":[0,24]}})", "ST-09", "20");
  header("wrong dtype", R"({"a":{"dtype":"F16","shape":[6],"data_offsets":[0,24]}})", "ST-09", "F16");
  header(
      "overlap",
      R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}})",
      "ST-10", "tensor b");
  header(
      "hole",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}})",
      "ST-10", "tensor b");
  header("bytes left over", R"({"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}})", "ST-11", "24");
}

void TstSafetensors::refuses() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, code);
  QFETCH(QString, word);
  const Error error = refusalOf(bytes.toStdString());
  QCOMPARE(QString::fromStdString(error.code), code);
  QVERIFY2(error.message().find(word.toStdString()) != std::string::npos, error.message().c_str());
}

void TstSafetensors::messagesNameFileAndField() {
  const Error error =
      refusalOf(safetensorsFile(R"({"model.norm.weight":{"dtype":"F32","shape":[6],"data_offsets":[24,0]}})", kData));
  QVERIFY(error.file.ends_with("a.safetensors"));
  QCOMPARE(error.field, std::string("data_offsets of tensor model.norm.weight"));
  QCOMPARE(error.found, std::string("24 to 0"));
  QVERIFY(!error.expected.empty());
  QVERIFY(!error.advice.empty());
}

void TstSafetensors::namesInMessagesAreHarmless() {
  const std::string name = "\\u001b[2J" + std::string(900, 'x');
  const Error error =
      refusalOf(safetensorsFile(R"({")" + name + R"(":{"dtype":"F31","shape":[6],"data_offsets":[0,24]}})", kData));
  QCOMPARE(QString::fromStdString(error.code), QString("ST-06"));
  QVERIFY(error.message().find('\x1b') == std::string::npos);
  QVERIFY(error.message().size() < 600);
}

QTEST_APPLESS_MAIN(TstSafetensors)
#include "tst_safetensors.moc"
