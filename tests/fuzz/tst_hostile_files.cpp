#include "tests/fuzz/hostile_files.h"

#include <sys/resource.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <random>

#include "core/checkpoint/checkpoint.h"

using namespace patchbay;
using namespace patchbay::tests;

namespace {

constexpr qint64 kMostMilliseconds = 5'000;
constexpr long kMostKilobytes = 1'000'000;

long peakKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Opens a model and touches everything that opening gives: a wrong pointer shows here.
bool opensAndReads(const std::string& path) {
  JobContext context;
  const auto outcome = Checkpoint::open(path, context);
  if (!outcome) return false;
  for (const TensorView& tensor : (*outcome)->tensors()) {
    std::vector<float> values(static_cast<std::size_t>(tensor.valueCount()));
    dequantize(tensor.type, tensor.bytes, values);
  }
  return true;
}

/// A few random damages: bytes replaced, bits flipped, a piece removed or doubled, the end cut off.
std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&random](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  // Half of the damages hit the head, where the structure is.
  const auto place = [&] { return below(random() % 2 == 0 ? std::min<std::size_t>(bytes.size(), 600) : bytes.size()); };
  const std::size_t count = 1 + below(4);
  for (std::size_t i = 0; i < count && !bytes.empty(); ++i) {
    const std::size_t at = place();
    switch (random() % 6) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
      case 2:
        bytes.replace(at, std::min<std::size_t>(8, bytes.size() - at), 8, random() % 2 == 0 ? '\xFF' : '\0');
        break;
      case 3: bytes.erase(at, 1 + below(16)); break;
      case 4: bytes.insert(at, bytes.substr(at, 1 + below(16))); break;
      default: bytes.resize(at); break;
    }
  }
  return bytes;
}

}  // namespace

class TstHostileFiles : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase();
  void theUndamagedModelsOpen();
  void thereAreEnough();
  void isRefused_data();
  void isRefused();
  void filesAreWholeWhereTheModelIsWrong();
  void randomDamageOfGguf();
  void randomDamageOfSafetensors();
  void randomDamageOfTexts();
  void memoryStaysBelowOneGigabyte();

private:
  void damageManyTimes(const std::string& file, const std::string& opened, int times, std::uint32_t seed);

  QTemporaryDir m_folder;
  std::vector<HostileCase> m_cases;
};

void TstHostileFiles::initTestCase() {
  QVERIFY(m_folder.isValid());
  m_cases = writeHostileFiles(m_folder.path().toStdString());
}

void TstHostileFiles::theUndamagedModelsOpen() {
  const std::string path = m_folder.filePath("whole").toStdString();
  writeHuggingFaceFolder(makeTinyModel(), path);
  writeFile(path + "/tiny.gguf", ggufOf(makeTinyModel(false)).build());
  writeHuggingFaceFolder(makeTinyModel(), path + "/shards", 3);
  QVERIFY(opensAndReads(path));
  QVERIFY(opensAndReads(path + "/tiny.gguf"));
  QVERIFY(opensAndReads(path + "/shards"));
}

void TstHostileFiles::thereAreEnough() {
  const auto model = std::count_if(m_cases.begin(), m_cases.end(),
                                   [](const HostileCase& c) { return c.refusedBy == RefusedBy::Model; });
  qInfo("%zu damaged models, %td of them for core/model", m_cases.size(), model);
  QVERIFY(m_cases.size() >= 100);
}

void TstHostileFiles::isRefused_data() {
  QTest::addColumn<int>("index");
  for (std::size_t i = 0; i < m_cases.size(); ++i) {
    if (m_cases[i].refusedBy == RefusedBy::Checkpoint) QTest::newRow(m_cases[i].name.c_str()) << static_cast<int>(i);
  }
}

void TstHostileFiles::isRefused() {
  QFETCH(int, index);
  const HostileCase& damaged = m_cases[static_cast<std::size_t>(index)];
  QElapsedTimer timer;
  timer.start();
  JobContext context;
  const auto outcome = Checkpoint::open(damaged.path, context);
  QVERIFY(timer.elapsed() < kMostMilliseconds);
  QVERIFY(outcome.isError());
  const Error& error = outcome.error();
  for (const std::string& word : damaged.words) {
    QVERIFY2(error.message().find(word) != std::string::npos, (error.message() + " lacks " + word).c_str());
  }
  QVERIFY(!error.code.empty() && !error.what.empty() && !error.advice.empty());
  QVERIFY(error.message().size() < 1'500);
  QVERIFY(error.message().find('\n') == std::string::npos);
}

void TstHostileFiles::filesAreWholeWhereTheModelIsWrong() {
  for (const HostileCase& damaged : m_cases) {
    if (damaged.refusedBy == RefusedBy::Model) QVERIFY2(opensAndReads(damaged.path), damaged.name.c_str());
  }
}

void TstHostileFiles::damageManyTimes(const std::string& file, const std::string& opened, int times,
                                      std::uint32_t seed) {
  const std::string whole = readFile(file);
  std::mt19937 random(seed);
  int survived = 0;
  for (int i = 0; i < times; ++i) {
    writeFile(file, mutated(whole, random));
    if (opensAndReads(opened)) ++survived;
  }
  writeFile(file, whole);
  qInfo("%d of %d damaged files could still be read", survived, times);
  QVERIFY(survived < times);
}

void TstHostileFiles::randomDamageOfGguf() {
  const std::string path = m_folder.filePath("random.gguf").toStdString();
  writeFile(path, ggufOf(makeTinyModel()).build());
  damageManyTimes(path, path, 1'000, 7);
}

void TstHostileFiles::randomDamageOfSafetensors() {
  const std::string folder = m_folder.filePath("random").toStdString();
  writeHuggingFaceFolder(makeTinyModel(), folder);
  damageManyTimes(folder + "/model.safetensors", folder, 700, 8);
}

void TstHostileFiles::randomDamageOfTexts() {
  const std::string folder = m_folder.filePath("random-texts").toStdString();
  writeHuggingFaceFolder(makeTinyModel(), folder, 2);
  damageManyTimes(folder + "/config.json", folder, 100, 9);
  damageManyTimes(folder + "/tokenizer.json", folder, 100, 10);
  damageManyTimes(folder + "/model.safetensors.index.json", folder, 100, 11);
}

void TstHostileFiles::memoryStaysBelowOneGigabyte() {
  qInfo("peak memory %ld KB", peakKilobytes());
  QVERIFY(peakKilobytes() < kMostKilobytes);
}

QTEST_APPLESS_MAIN(TstHostileFiles)
#include "tst_hostile_files.moc"
