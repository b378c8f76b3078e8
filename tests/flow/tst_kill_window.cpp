#include <csignal>
#include <random>

#include <QDirIterator>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "app/crash_record.h"
#include "core/engine/engine.h"
#include "core/store/session_store.h"

using namespace patchbay;

namespace {

constexpr int kKills = 6;
constexpr int kKillsPerSession = 2;
constexpr int kWait = 60'000;
constexpr unsigned kLongestLife = 800;

/// The finished runs a session file holds now; none while it cannot be read.
std::vector<RunRecord> finishedRuns(const std::string& path) {
  std::vector<RunRecord> finished;
  const auto store = SessionStore::open(path, OpenMode::ReadOnly);
  if (!store) return finished;
  const auto runs = (*store)->runs();
  if (!runs) return finished;
  std::copy_if(runs->begin(), runs->end(), std::back_inserter(finished),
               [](const RunRecord& run) { return run.status == RunStatus::Done; });
  return finished;
}

}  // namespace

/// The program itself, killed while it works: its session is sound and holds every run that was saved.
class KillWindowTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!defaultModelPath()) QSKIP("the bundled model is not here");
  }

  void everySavedRunIsThereAfterAKill() {
    const QTemporaryDir folder;
    std::mt19937 random(20240917);
    for (int kill = 0; kill < kKills; ++kill) {
      const QString session = folder.filePath(QStringLiteral("work%1.patchbay").arg(kill / kKillsPerSession));
      std::vector<RunRecord> saved;
      workAndDie(folder.path(), session, static_cast<int>(random() % kLongestLife), saved);
      if (QTest::currentTestFailed()) return;
      checkSession(session.toStdString(), saved);
      if (QTest::currentTestFailed()) return;
    }
  }

  void aFaultLeavesAReportAndAKillNone() {
    const QTemporaryDir home;
    const auto reports = [&home](const char* pattern) {
      QStringList found;
      QDirIterator all(home.path(), {QString::fromLatin1(pattern)}, QDir::Files | QDir::Hidden,
                       QDirIterator::Subdirectories);
      while (all.hasNext()) found << all.next();
      return found;
    };
    const auto live = [&](int signal) {
      const QString session = home.filePath(QStringLiteral("work%1.patchbay").arg(signal));
      QProcess program;
      begin(program, home.path(), session);
      QTRY_VERIFY_WITH_TIMEOUT(!finishedRuns(session.toStdString()).empty(), kWait);
      QVERIFY(::kill(static_cast<pid_t>(program.processId()), signal) == 0);
      QVERIFY(program.waitForFinished());
      QCOMPARE(program.exitStatus(), QProcess::CrashExit);
    };
    live(SIGKILL);
    QCOMPARE(reports("running-*.txt").size(), 1);
    live(SIGSEGV);
    const QStringList left = reports("running-*.txt");  // the empty one is gone
    QCOMPARE(left.size(), 1);
    QFile file(left.front());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString report = QString::fromUtf8(file.readAll());
    for (const char* part : {"Patchbay ", "ended by SIGSEGV", "stack:", "QEventLoop", "log:"})
      QVERIFY2(report.contains(QLatin1String(part)), part);

    // The next start offers it, once.
    const QString folder = QFileInfo(left.front()).path();
    const QString taken = CrashRecord::takeNew(folder);
    QVERIFY(!taken.isEmpty() && QFile::exists(taken));
    QVERIFY(CrashRecord::takeNew(folder).isEmpty());
  }

private:
  static void begin(QProcess& program, const QString& home, const QString& session) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    environment.insert(QStringLiteral("HOME"), home);
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"})
      environment.remove(QString::fromLatin1(name));
    program.setProcessEnvironment(environment);
    program.setStandardErrorFile(QProcess::nullDevice());
    program.start(QStringLiteral(PATCHBAY_PROGRAM), {QStringLiteral("--session"), session});
    QVERIFY(program.waitForStarted());
  }

  static void workAndDie(const QString& home, const QString& session, int life, std::vector<RunRecord>& saved) {
    QProcess program;
    begin(program, home, session);
    QTRY_VERIFY_WITH_TIMEOUT(program.state() == QProcess::NotRunning || !finishedRuns(session.toStdString()).empty(),
                             kWait);
    QCOMPARE(program.state(), QProcess::Running);
    // It goes on working and saving; the moment of its end is not chosen.
    QVERIFY(!program.waitForFinished(life));
    saved = finishedRuns(session.toStdString());
    QVERIFY(!saved.empty());
    program.kill();
    QVERIFY(program.waitForFinished());
    QCOMPARE(program.exitStatus(), QProcess::CrashExit);
  }

  static void checkSession(const std::string& path, const std::vector<RunRecord>& saved) {
    const auto store = SessionStore::open(path, OpenMode::ReadWrite);
    QVERIFY2(store.hasValue(), store ? "" : store.error().message().c_str());
    QVERIFY(!(*store)->isReadOnly());
    const auto check = (*store)->verify();
    QVERIFY(check.hasValue());
    QVERIFY2(check->isSound(), check->isSound() ? "" : check->problems[0].message().c_str());
    const auto runs = (*store)->runs();
    QVERIFY(runs.hasValue());
    for (const RunRecord& run : saved) {
      const auto found =
          std::find_if(runs->begin(), runs->end(), [&run](const RunRecord& each) { return each.id == run.id; });
      QVERIFY(found != runs->end());
      QVERIFY(*found == run);
      QVERIFY((*store)->result(run.id).hasValue());
    }
  }
};

QTEST_GUILESS_MAIN(KillWindowTest)
#include "tst_kill_window.moc"
