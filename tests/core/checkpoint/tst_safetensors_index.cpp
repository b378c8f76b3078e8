#include "core/checkpoint/safetensors_index.h"

#include <QTemporaryDir>
#include <QtTest>

#include <set>

#include "core/checkpoint/file_kind.h"
#include "core/checkpoint/refusal.h"
#include "core/checkpoint/tensor_type.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::tests;

/// The list of a sharded folder, and the small things every reader says: names, kinds of files, types.
class TstSafetensorsIndex : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { m_folder.emplace(); }

  void anIndexNamesPlainFilesOnly_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("field");
    const auto row = [](const char* json, const char* field) {
      QTest::newRow(json) << QString(json) << QString(field);
    };
    row(R"({})", "weight_map");
    row(R"({"weight_map":[]})", "weight_map");
    row(R"({"weight_map":{}})", "weight_map");
    row(R"({"weight_map":null})", "weight_map");
    for (const char* name : {"", ".safetensors", "a.bin", "../x.safetensors", "a/x.safetensors", "a\\\\x.safetensors",
                             "..safetensors", "x.safetensors\\u0000", "x.safetensors.tmp", ".x.safetensors"})
      row((std::string(R"({"weight_map":{"t":")") + name + "\"}}").c_str(), "weight_map of t");
    row(R"({"weight_map":{"t":null}})", "weight_map of t");
    row(R"({"weight_map":{"t":["x.safetensors"]}})", "weight_map of t");
    row((R"({"weight_map":{"t":")" + std::string(250, 'x') + R"(.safetensors"}})").c_str(), "weight_map of t");
  }

  void anIndexNamesPlainFilesOnly() {
    QFETCH(QString, json);
    QFETCH(QString, field);
    writeFile(at("index.json"), json.toStdString());
    const Error error = indexRefusal();
    QCOMPARE(error.code, std::string("ST-12"));
    QCOMPARE(QString::fromStdString(error.field), field);
    QCOMPARE(error.file, at("index.json"));
  }

  void anIndexKeepsItsMap() {
    writeFile(
        at("index.json"),
        R"({"metadata":{"total_size":8},"weight_map":{"b":"x.safetensors","a":"x.safetensors","":"y z.safetensors"}})");
    const SafetensorsIndex index = readSafetensorsIndex(at("index.json"));
    QCOMPARE(index.shardOf.size(), std::size_t{3});
    QCOMPARE(index.shardOf.at("a"), std::string("x.safetensors"));
    QCOMPARE(index.shardOf.at(""), std::string("y z.safetensors"));
    QCOMPARE(index.document.json["metadata"]["total_size"].get<int>(), 8);
  }

  void whatIsNoIndexIsToldAsWhatItIs() {
    QCOMPARE(indexRefusal().code, std::string("CKPT-01"));
    for (const char* text : {"", "[1]", "7", "{", "{\"a\":1}x", "GIF89a"}) {
      writeFile(at("index.json"), text);
      QCOMPARE(indexRefusal().code, std::string("CKPT-08"));
    }
    writeFile(at("index.json"), "\x89PNG");
    QVERIFY(indexRefusal().found.find("PNG") != std::string::npos);
    std::string many = "[";
    for (int i = 0; i < 3'000'001; ++i) many += ',';
    writeFile(at("index.json"), many);
    QCOMPARE(indexRefusal().code, std::string("CKPT-09"));
  }

  void namesFromFilesAreShownHarmless() {
    QCOMPARE(shown(""), std::string("(empty)"));
    QCOMPARE(shown("blk.0"), std::string("blk.0"));
    QCOMPARE(shown("a\n\x1B\x7F\xC3\xA9"), std::string("a?????"));
    QCOMPARE(shown(std::string(120, 'x')), std::string(120, 'x'));
    QCOMPARE(shown(std::string(5'000, 'x')), std::string(120, 'x') + "...");
  }

  void kindsOfFilesAreKnownByTheirBeginning() {
    QCOMPARE(kindOfContent(""), std::string("an empty file"));
    QCOMPARE(kindOfContent("hello\n"), std::string("text"));
    QCOMPARE(kindOfContent("%PDF-1.7"), std::string("a PDF document"));
    QVERIFY(kindOfContent("PK\x03\x04").find("PyTorch") != std::string::npos);
    QVERIFY(!isKnownOther(std::string("\x08\0\0\0\0\0\0\0{}", 10)));
    QVERIFY(isKnownOther("") && isKnownOther("text"));
    QVERIFY(looksLikeSafetensors(std::string("\x08\0\0\0\0\0\0\0{", 9)));
    QVERIFY(!looksLikeSafetensors(std::string("\x08\0\0\0\0\0\0\0[", 9)));
    QVERIFY(!looksLikeSafetensors(std::string("\x08\0\0\0\0\0\0\0", 8)));
    QVERIFY(!looksLikeSafetensors(std::string("\0\0\0\0\1\0\0\0{", 9)));
  }

  void everyTypeHasOneNumberAndSize() {
    std::set<std::string_view> names;
    int known = 0;
    for (std::uint32_t number = 0; number < 64; ++number) {
      const auto type = typeOfGgufNumber(number);
      if (!type) continue;
      ++known;
      QCOMPARE(nameOfGgufNumber(number), typeName(*type));
      names.insert(typeName(*type));
      QCOMPARE(bytesFor(*type, 3 * blockSize(*type)), 3 * blockBytes(*type));
      QCOMPARE(isQuantised(*type), blockSize(*type) > 1);
      QVERIFY(blockBytes(*type) * 8 <= 32 * blockSize(*type));
    }
    QCOMPARE(known, 13);
    QCOMPARE(names.size(), std::size_t{13});
    QCOMPARE(nameOfGgufNumber(23), std::string_view("IQ4_XS"));
    QCOMPARE(nameOfGgufNumber(4), std::string_view());
    QCOMPARE(nameOfGgufNumber(4'000'000'000U), std::string_view());
  }

private:
  std::string at(const char* name) const { return m_folder->filePath(QString::fromUtf8(name)).toStdString(); }

  Error indexRefusal() const {
    try {
      (void)readSafetensorsIndex(at("index.json"));
    } catch (const Refusal& refusal) {
      return refusal.error;
    }
    return {};
  }

  std::optional<QTemporaryDir> m_folder;
};

QTEST_APPLESS_MAIN(TstSafetensorsIndex)
#include "tst_safetensors_index.moc"
