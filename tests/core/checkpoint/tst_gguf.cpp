#include "core/checkpoint/gguf_reader.h"

#include <QTemporaryDir>
#include <QtTest>

#include <functional>

#include "core/checkpoint/refusal.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::tests;

namespace {

/// The least that is a GGUF model: one token, one tensor.
GgufBuilder smallFile() {
  GgufBuilder file;
  file.addText("general.architecture", "llama");
  file.addTexts("tokenizer.ggml.tokens", {"a", "b"});
  file.tensors.push_back({"first", {4, 2}, 0, std::string(32, '\1'), std::nullopt});
  file.tensors.push_back({"second", {32, 1}, 3, std::string(20, '\2'), std::nullopt});
  return file;
}

std::string array(std::uint32_t type, std::uint64_t count, const std::string& values) {
  return littleEndian(type) + littleEndian(count) + values;
}

}  // namespace

class TstGguf : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void readsTensorsAndMetadata();
  void readsVersionTwoAndOtherAlignments();
  void bigArraysAreLeftOut();
  void readsTheVocabulary();
  void specialTokensOutsideTheVocabularyAreDropped();
  void refuses_data();
  void refuses();
  void everyTruncationIsRefused();
  void messagesNameFileAndField();

private:
  CheckpointParts read(const std::string& bytes);
  Error refusalOf(const std::string& bytes);

  QTemporaryDir m_folder;
};

CheckpointParts TstGguf::read(const std::string& bytes) {
  const std::string path = m_folder.filePath("a.gguf").toStdString();
  writeFile(path, bytes);
  return readGguf(MappedFile::open(path).value(), JobContext());
}

Error TstGguf::refusalOf(const std::string& bytes) {
  try {
    (void)read(bytes);
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
  return {};
}

void TstGguf::readsTensorsAndMetadata() {
  GgufBuilder file = smallFile();
  file.addU32("llama.block_count", 30);
  file.addF32("llama.rope.freq_base", 1e5f);
  file.addBool("yes", true);
  file.add("big", 10, littleEndian(std::uint64_t{1} << 63));
  file.add("nested", 9, array(9, 2, array(0, 1, "\x05") + array(0, 0, "")));
  const CheckpointParts parts = read(file.build());
  QCOMPARE(parts.formatName, std::string("GGUF v3"));
  QCOMPARE(parts.tensors.size(), std::size_t{2});
  QVERIFY(parts.tensors[0].shape == (std::vector<std::int64_t>{2, 4}));
  QVERIFY(parts.tensors[1].type == TensorType::Q4_1);
  QVERIFY(parts.tensors[1].bytes.size() == 20 && parts.tensors[1].bytes.front() == std::byte{2});
  QCOMPARE(parts.config["llama.block_count"].get<int>(), 30);
  QCOMPARE(parts.config["llama.rope.freq_base"].get<float>(), 1e5f);
  QVERIFY(parts.config["yes"].get<bool>());
  QCOMPARE(parts.config["big"].get<std::uint64_t>(), std::uint64_t{1} << 63);
  QVERIFY(parts.config["nested"] == Json::parse("[[5],[]]"));
  QVERIFY(!parts.config.contains("tokenizer.ggml.tokens"));
}

void TstGguf::readsVersionTwoAndOtherAlignments() {
  GgufBuilder file = smallFile();
  file.version = 2;
  file.alignment = 64;
  file.addU32("general.alignment", 64);
  const CheckpointParts parts = read(file.build());
  QCOMPARE(parts.formatName, std::string("GGUF v2"));
  QVERIFY(parts.tensors[1].bytes.front() == std::byte{2});
}

void TstGguf::bigArraysAreLeftOut() {
  GgufBuilder file = smallFile();
  file.add("map", 9, array(0, 10'000, std::string(10'000, 'x')));
  file.addTexts("words", std::vector<std::string>(5'000, "w"));
  file.addU32("after", 1);
  const CheckpointParts parts = read(file.build());
  QVERIFY(!parts.config.contains("map"));
  QVERIFY(!parts.config.contains("words"));
  QVERIFY(parts.config.contains("after"));
}

void TstGguf::readsTheVocabulary() {
  const CheckpointParts parts = read(ggufOf(makeTinyModel()).build());
  const VocabularyFile& vocabulary = parts.vocabulary;
  QVERIFY(vocabulary.isGguf);
  QCOMPARE(vocabulary.ggufModel, std::string("gpt2"));
  QCOMPARE(vocabulary.ggufPre, std::string("gpt-2"));
  QCOMPARE(vocabulary.tokens.size(), std::size_t{264});
  QCOMPARE(vocabulary.merges.size(), std::size_t{5});
  QCOMPARE(vocabulary.tokenTypes.size(), std::size_t{264});
  QVERIFY(vocabulary.bosId == 1 && vocabulary.eosId == 2 && vocabulary.addBos == false);
  QVERIFY(!vocabulary.unknownId.has_value());
  QVERIFY(vocabulary.endIds == std::vector<std::int32_t>{2});
  QVERIFY(vocabulary.chatTemplate.starts_with("{% for"));
}

void TstGguf::specialTokensOutsideTheVocabularyAreDropped() {
  GgufBuilder file = smallFile();
  file.addU32("tokenizer.ggml.eos_token_id", 0xFFFFFFFFU);
  file.addU32("tokenizer.ggml.eot_token_id", 1);
  const CheckpointParts parts = read(file.build());
  QVERIFY(!parts.vocabulary.eosId.has_value());
  QVERIFY(parts.vocabulary.endIds == std::vector<std::int32_t>{1});
  QCOMPARE(parts.warnings.size(), std::size_t{1});
  QVERIFY(parts.warnings[0].find("eos_token_id") != std::string::npos);
}

void TstGguf::refuses_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("code");
  QTest::addColumn<QString>("word");
  const auto row = [](const char* name, const char* code, const char* word,
                      const std::function<void(GgufBuilder&)>& damage) {
    GgufBuilder file = smallFile();
    damage(file);
    QTest::newRow(name) << QByteArray::fromStdString(file.build()) << QString(code) << QString(word);
  };
  row("magic", "GGUF-01", "magic", [](GgufBuilder& f) { f.magic = "GGUX"; });
  row("version 1", "GGUF-02", "version", [](GgufBuilder& f) { f.version = 1; });
  row("version 4", "GGUF-02", "2 or 3", [](GgufBuilder& f) { f.version = 4; });
  row("big-endian", "GGUF-03", "big-endian", [](GgufBuilder& f) { f.version = 0x03000000; });
  row("tensor count", "GGUF-05", "tensor_count", [](GgufBuilder& f) { f.statedTensors = ~std::uint64_t{0}; });
  row("pair count", "GGUF-05", "metadata_kv_count", [](GgufBuilder& f) { f.statedPairs = std::uint64_t{1} << 40; });
  row("no tensors", "GGUF-05", "tensor_count", [](GgufBuilder& f) { f.tensors.clear(); });
  row("text length", "GGUF-06", "bad", [](GgufBuilder& f) { f.add("bad", 8, littleEndian(~std::uint64_t{0})); });
  row("value type", "GGUF-07", "bad", [](GgufBuilder& f) { f.add("bad", 13, ""); });
  row("bool", "GGUF-07", "0 or 1", [](GgufBuilder& f) { f.add("bad", 7, "\x07"); });
  row("array type", "GGUF-07", "bad", [](GgufBuilder& f) { f.add("bad", 9, array(77, 1, "")); });
  row("array count", "GGUF-05", "bad", [](GgufBuilder& f) { f.add("bad", 9, array(10, ~std::uint64_t{0} / 8, "")); });
  row("array depth", "GGUF-07", "nested", [](GgufBuilder& f) {
    std::string value = array(0, 0, "");
    for (int i = 0; i < 50; ++i) value = array(9, 1, value);
    f.add("bad", 9, value);
  });
  row("key twice", "GGUF-08", "same", [](GgufBuilder& f) { f.addU32("same", 1), f.addU32("same", 2); });
  row("alignment 0", "GGUF-09", "general.alignment", [](GgufBuilder& f) { f.addU32("general.alignment", 0); });
  row("alignment 48", "GGUF-09", "power of two", [](GgufBuilder& f) { f.addU32("general.alignment", 48); });
  row("alignment text", "GGUF-09", "general.alignment", [](GgufBuilder& f) { f.addText("general.alignment", "32"); });
  row("five dimensions", "GGUF-10", "at most 4", [](GgufBuilder& f) { f.tensors[0].dimensions = {2, 2, 2, 1, 1}; });
  row("zero extent", "GGUF-10", "shape of tensor first", [](GgufBuilder& f) { f.tensors[0].dimensions = {0, 2}; });
  row("overflow", "GGUF-10", "overflow", [](GgufBuilder& f) { f.tensors[0].dimensions = {1ULL << 40, 1ULL << 40}; });
  row("half a block", "GGUF-10", "multiple of 32", [](GgufBuilder& f) { f.tensors[1].dimensions = {16, 2}; });
  row("known type", "GGUF-11", "IQ4_XS", [](GgufBuilder& f) { f.tensors[0].type = 23; });
  row("unknown type", "GGUF-11", "number 999", [](GgufBuilder& f) { f.tensors[0].type = 999; });
  row("withdrawn type", "GGUF-11", "number 4", [](GgufBuilder& f) { f.tensors[0].type = 4; });
  row("unaligned", "GGUF-12", "offset of tensor second", [](GgufBuilder& f) { f.tensors[1].offset = 33; });
  row("outside", "GGUF-12", "offset of tensor second", [](GgufBuilder& f) { f.tensors[1].offset = 1U << 20; });
  row("offset wraps", "GGUF-12", "offset of tensor second",
      [](GgufBuilder& f) { f.tensors[1].offset = ~std::uint64_t{31}; });
  row("too large", "GGUF-12", "offset of tensor second", [](GgufBuilder& f) { f.tensors[1].dimensions = {64, 1}; });
  row("overlap", "GGUF-13", "tensor second", [](GgufBuilder& f) { f.tensors[1].offset = 0; });
  row("name twice", "GGUF-14", "tensor first", [](GgufBuilder& f) { f.tensors[1].name = "first"; });
  row("long name", "GGUF-06", "name of tensor 0", [](GgufBuilder& f) { f.tensors[0].name = std::string(5'000, 'n'); });
  row("no tokens", "GGUF-15", "tokenizer.ggml.tokens", [](GgufBuilder& f) { f.remove("tokenizer.ggml.tokens"); });
  row("tokens not texts", "GGUF-07", "tokenizer.ggml.tokens",
      [](GgufBuilder& f) { f.remove("tokenizer.ggml.tokens"), f.addI32s("tokenizer.ggml.tokens", {1}); });
  row("types too few", "GGUF-15", "token_type", [](GgufBuilder& f) { f.addI32s("tokenizer.ggml.token_type", {1}); });
  row("model not text", "GGUF-15", "tokenizer.ggml.model", [](GgufBuilder& f) { f.addU32("tokenizer.ggml.model", 1); });
  row("split", "GGUF-17", "split.count",
      [](GgufBuilder& f) { f.add("split.count", 2, littleEndian(std::uint16_t{3})); });
}

void TstGguf::refuses() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, code);
  QFETCH(QString, word);
  const Error error = refusalOf(bytes.toStdString());
  QCOMPARE(QString::fromStdString(error.code), code);
  QVERIFY2(error.message().find(word.toStdString()) != std::string::npos, error.message().c_str());
}

void TstGguf::everyTruncationIsRefused() {
  const std::string whole = smallFile().build();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Error error = refusalOf(whole.substr(0, size));
    QVERIFY2(error.code.starts_with("GGUF-"), qPrintable(QString("cut to %1 bytes").arg(size)));
    QVERIFY(!error.field.empty());
  }
}

void TstGguf::messagesNameFileAndField() {
  GgufBuilder file = smallFile();
  file.tensors[1].offset = 1U << 20;
  const Error error = refusalOf(file.build());
  QVERIFY(error.file.ends_with("a.gguf"));
  QCOMPARE(error.field, std::string("offset of tensor second"));
  QVERIFY(error.found.find("1048576") != std::string::npos);
  QVERIFY(!error.expected.empty() && !error.advice.empty());
}

QTEST_APPLESS_MAIN(TstGguf)
#include "tst_gguf.moc"
