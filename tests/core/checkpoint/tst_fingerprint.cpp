#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <set>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/fingerprint.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::tests;

namespace {

std::span<const std::byte> bytesOf(const std::string& text) { return std::as_bytes(std::span(text)); }

TensorView tensor(const std::string& bytes) {
  TensorView view;
  view.shape = {static_cast<std::int64_t>(bytes.size())};
  view.bytes = bytesOf(bytes);
  return view;
}

std::string printOf(std::vector<std::span<const std::byte>> identity, std::vector<TensorView> tensors = {}) {
  CheckpointParts parts;
  parts.identity = std::move(identity);
  parts.tensors = std::move(tensors);
  return fingerprintOf(parts);
}

}  // namespace

/// Which changes make another model and which do not.
class TstFingerprint : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { m_folder.emplace(); }

  void isThirtyTwoDigits() {
    const std::string print = printOf({});
    QCOMPARE(print.size(), std::size_t{32});
    QVERIFY(print.find_first_not_of("0123456789abcdef") == std::string::npos);
    QCOMPARE(printOf({}), print);
  }

  void piecesAreKeptApart() {
    const std::string a = "a", b = "b", ab = "ab", none;
    std::set<std::string> prints{printOf({bytesOf(a), bytesOf(b)}),     printOf({bytesOf(ab)}),
                                 printOf({bytesOf(b), bytesOf(a)}),     printOf({bytesOf(ab), bytesOf(none)}),
                                 printOf({bytesOf(none), bytesOf(ab)}), printOf({})};
    QCOMPARE(prints.size(), std::size_t{6});
  }

  void theMiddleOfEachTensorCounts() {
    const std::string head = "header";
    const std::string weights(10'000, 'w');
    const std::string before = printOf({bytesOf(head)}, {tensor(weights)});
    for (const std::size_t at : {2'952U, 5'000U, 7'047U}) {
      std::string changed = weights;
      changed[at] = 'x';
      QVERIFY(printOf({bytesOf(head)}, {tensor(changed)}) != before);
    }
    for (const std::size_t at : {0U, 2'951U, 7'048U, 9'999U}) {
      std::string changed = weights;
      changed[at] = 'x';
      QCOMPARE(printOf({bytesOf(head)}, {tensor(changed)}), before);
    }
    QVERIFY(printOf({bytesOf(head)}, {tensor(weights + "w")}) != before);
    QVERIFY(printOf({bytesOf(head)}, {tensor(weights), tensor(weights)}) != before);
  }

  void aSmallTensorCountsWhole() {
    for (const std::size_t size : {1U, 2U, 4'095U, 4'096U}) {
      const std::string weights(size, 'w');
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        std::string changed = weights;
        changed[at] = 'x';
        QVERIFY(printOf({}, {tensor(changed)}) != printOf({}, {tensor(weights)}));
      }
    }
  }

  void namesAndPlacesOfFilesDoNotCount() {
    const TinyModel model = makeTinyModel();
    writeFile(at("a.gguf"), ggufOf(model).build());
    const std::string first = opened(at("a.gguf"));
    std::filesystem::create_directory(at("sub"));
    std::filesystem::rename(at("a.gguf"), at("sub/other name"));
    QCOMPARE(opened(at("sub/other name")), first);
    writeHuggingFaceFolder(model, at("one"));
    const std::string folder = opened(at("one"));
    std::filesystem::rename(at("one"), at("two"));
    QCOMPARE(opened(at("two")), folder);
    QVERIFY(folder != first);
  }

  void everyPartOfAModelCounts() {
    std::set<std::string> prints;
    int models = 0;
    const auto add = [&](const auto& change) {
      TinyModel model = makeTinyModel();
      change(model);
      const std::string folder = at(("m" + std::to_string(models++)).c_str());
      writeHuggingFaceFolder(model, folder);
      prints.insert(opened(folder));
    };
    add([](TinyModel&) {});
    add([](TinyModel& m) { m.config["rms_norm_eps"] = 1e-6; });
    add([](TinyModel& m) { m.generationConfig["eos_token_id"] = 0; });
    add([](TinyModel& m) { m.tokenizerConfig["chat_template"] = "{{ 1 }}"; });
    add([](TinyModel& m) { m.tokenizer["version"] = "1.1"; });
    add([](TinyModel& m) { m.tensor("model.norm.weight").bytes[0] ^= 1; });
    add([](TinyModel& m) { m.tensor("model.norm.weight").name = "model.norm.scale"; });
    add([](TinyModel& m) { m.tensor("model.norm.weight").shape = {4, 8}; });
    add([](TinyModel& m) {
      m.tensor("model.norm.weight").dtype = "BF16";
      m.tensor("model.norm.weight").shape = {64};
    });
    add([](TinyModel& m) { std::swap(m.tensors[1], m.tensors[2]); });
    QCOMPARE(prints.size(), static_cast<std::size_t>(models));
    QVERIFY(!prints.contains(""));
  }

  void shapeAndTypeOfAGgufTensorCount() {
    GgufBuilder file = ggufOf(makeTinyModel());
    std::set<std::string> prints;
    const auto add = [&] {
      writeFile(at("a.gguf"), file.build());
      prints.insert(opened(at("a.gguf")));
    };
    add();
    file.tensor("output_norm.weight").dimensions = {16, 2};
    add();
    file.tensor("output_norm.weight").dimensions = {64};
    file.tensor("output_norm.weight").type = 1;
    add();
    file.tensor("output_norm.weight").type = 30;
    add();
    file.tensor("output_norm.weight").name = "other";
    add();
    file.addU32("added.key", 1);
    add();
    QCOMPARE(prints.size(), std::size_t{6});
    QVERIFY(!prints.contains(""));
  }

private:
  std::string at(const char* name) const { return m_folder->filePath(QString::fromUtf8(name)).toStdString(); }

  static std::string opened(const std::string& path) {
    JobContext context;
    const auto checkpoint = Checkpoint::open(path, context);
    if (!checkpoint) qWarning("%s", checkpoint.error().message().c_str());
    return checkpoint ? (*checkpoint)->fingerprint() : std::string();
  }

  std::optional<QTemporaryDir> m_folder;
};

QTEST_APPLESS_MAIN(TstFingerprint)
#include "tst_fingerprint.moc"
