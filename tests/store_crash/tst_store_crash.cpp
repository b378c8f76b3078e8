#include <QtTest>

#include <csignal>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/session_store.h"
#include "tests/core/data/samples.h"

using namespace patchbay;

namespace {

struct Killed {
  std::vector<RunId> saved;  ///< ids the program said were saved
  int signal = 0;            ///< what ended it
};

std::vector<RunId> idsOf(const std::string& lines) {
  std::vector<RunId> ids;
  // The last line may have been cut by the kill; what was written whole counts.
  for (std::size_t start = 0, end = 0; (end = lines.find('\n', start)) != std::string::npos; start = end + 1)
    ids.push_back(std::stoll(lines.substr(start, end - start)));
  return ids;
}

/// Runs the writer on `path` and kills it after `life`.
Killed writeAndKill(const std::string& path, std::chrono::milliseconds life) {
  int lines[2];
  if (::pipe2(lines, O_CLOEXEC) != 0) qFatal("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(lines[1], STDOUT_FILENO);
    ::execl(STORE_CRASH_WRITER, STORE_CRASH_WRITER, path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(lines[1]);
  std::string text;
  std::thread reader([&text, from = lines[0]] {
    char buffer[4096];
    for (ssize_t length = 0; (length = ::read(from, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(length));
  });
  std::this_thread::sleep_for(life);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  reader.join();
  ::close(lines[0]);
  return {.saved = idsOf(text), .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

}  // namespace

class TestStoreCrash : public QObject {
  Q_OBJECT
private Q_SLOTS:
  /// kill -9 at 50 random moments: every run that was said to be saved is there, equal, and the file is sound.
  void everySavedRunIsThereAfterAKill() {
    constexpr int kKills = 50;
    constexpr int kKillsPerFile = 5;
    const QTemporaryDir folder;
    std::mt19937 random(20240917);
    std::size_t saved = 0;
    std::vector<RunId> ofThisFile;
    for (int kill = 0; kill < kKills; ++kill) {
      if (kill % kKillsPerFile == 0) ofThisFile.clear();
      const std::string path = folder.filePath(QString("work%1.patchbay").arg(kill / kKillsPerFile)).toStdString();
      const Killed killed = writeAndKill(path, std::chrono::milliseconds(50 + random() % 250));
      QCOMPARE(killed.signal, SIGKILL);
      saved += killed.saved.size();
      ofThisFile.insert(ofThisFile.end(), killed.saved.begin(), killed.saved.end());
      checkSession(path, ofThisFile);
      if (QTest::currentTestFailed()) return;
    }
    QVERIFY2(saved > kKills, "too few runs were saved to say anything");
    qInfo("%zu saved runs, all there", saved);
  }

private:
  static void checkSession(const std::string& path, const std::vector<RunId>& saved) {
    const auto store = SessionStore::open(path, OpenMode::ReadWrite);
    QVERIFY2(store.hasValue(), store ? "" : store.error().message().c_str());
    QVERIFY(!(*store)->isReadOnly());
    const auto runs = (*store)->runs();
    QVERIFY(runs.hasValue());
    for (const RunId id : saved) {
      QVERIFY(static_cast<std::size_t>(id) <= runs->size());
      RunRecord expected = samples::run();
      expected.id = id;
      QVERIFY(runs->at(static_cast<std::size_t>(id) - 1) == expected);
      const auto result = (*store)->result(id);
      QVERIFY2(result.hasValue(), result ? "" : result.error().message().c_str());
      QVERIFY(samples::equal(*result, samples::lens(static_cast<unsigned>(id), 8, 16).toDocument()));
    }
    for (const RunRecord& run : *runs) QVERIFY(run.status == RunStatus::Done || run.status == RunStatus::Interrupted);
    const auto check = (*store)->verify();
    QVERIFY(check.hasValue());
    QVERIFY2(check->isSound(), check->isSound() ? "" : check->problems[0].message().c_str());
  }
};

QTEST_APPLESS_MAIN(TestStoreCrash)
#include "tst_store_crash.moc"
