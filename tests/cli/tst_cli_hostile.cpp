#include <QTemporaryDir>
#include <QtTest>

#include "cli_process.h"
#include "tests/fuzz/hostile_files.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Every damaged or hostile model: exit code 1, one message with file and field, within 5 s and 1 GB.
class CliHostile : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void everyDamagedModelIsRefused();
  void theUndamagedOnesAreOpened();
};

void CliHostile::everyDamagedModelIsRefused() {
  const QTemporaryDir folder;
  const auto cases = tests::writeHostileFiles(folder.path().toStdString());
  QVERIFY(cases.size() >= 60);
  std::string wrong;
  for (const tests::HostileCase& hostile : cases) {
    const CliAnswer answer = runCli({"logits", "--model", hostile.path, "--prompt", "a"}, {}, 20);
    const std::string told = hostile.name + " (" + std::to_string(answer.exitCode) + "): " + answer.words;
    std::string lacks;
    for (const std::string& word : hostile.words)
      if (answer.words.find(word) == std::string::npos) lacks += " lacks '" + word + "'";
    const bool isRefused = answer.exitCode == 1 && answer.out.empty() && std::ranges::count(answer.words, '\n') == 1;
    const bool isBounded = answer.seconds < 5 && answer.peakBytes < 1'000'000'000;
    if (!isRefused || !isBounded || !lacks.empty()) wrong += told + lacks + '\n';
  }
  QVERIFY2(wrong.empty(), wrong.c_str());
}

void CliHostile::theUndamagedOnesAreOpened() {
  const QTemporaryDir folder;
  const std::string base = folder.path().toStdString();
  tests::HostileFiles files(base);
  files.addModel("whole", {}, [](tests::TinyModel&) {});
  files.addGguf("whole.gguf", {}, [](tests::GgufBuilder&) {});
  for (const tests::HostileCase& sound : files.cases()) {
    const CliAnswer answer = runCli({"logits", "--model", sound.path, "--prompt", "ab", "--top", "3"});
    QVERIFY2(answer.exitCode == 0, answer.words.c_str());
    QCOMPARE(answer.json().at("top").size(), std::size_t{3});
  }
}

QTEST_APPLESS_MAIN(CliHostile)
#include "tst_cli_hostile.moc"
