#include <sys/resource.h>

#include <QApplication>
#include <QDialog>
#include <QFile>

#include "tests/flow/window_driver.h"
#include "tests/fuzz/hostile_files.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/warning_strip.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;

namespace {

constexpr std::size_t kCases = 24;
constexpr int kLongestLoad = 5'000;
constexpr long kMostKilobytes = 1'000'000;
/// Where an SQLite file keeps PRAGMA user_version, big-endian. Source   SQLite, fileformat2, section 1.3.
constexpr qint64 kUserVersionOffset = 60;

bool hasDialog() {
  const auto all = QApplication::topLevelWidgets();
  return QApplication::activeModalWidget() || std::any_of(all.begin(), all.end(), [](const QWidget* widget) {
           return widget->isVisible() && qobject_cast<const QDialog*>(widget);
         });
}

void writeText(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
}

}  // namespace

/// Damaged models and sessions opened in the window: one message in the window, no dialog, and nothing else changes.
class WindowHostileTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void damagedModelsHarmNothing() {
    WindowDriver driver;
    QVERIFY(begin(driver));
    const QString folder = driver.file(QStringLiteral("hostile"));
    QVERIFY(QDir().mkpath(folder));
    const auto cases = tests::writeHostileFiles(folder.toStdString());
    QVERIFY(cases.size() >= kCases);
    for (std::size_t i = 0; i < kCases; ++i) {
      const auto& damaged = cases[i * cases.size() / kCases];
      opensDamaged(driver, damaged);
      if (QTest::currentTestFailed()) {
        qInfo("the case was %s", damaged.name.c_str());
        return;
      }
    }
    QVERIFY(driver.waitFor(runAgain(driver)));
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    QVERIFY(usage.ru_maxrss < kMostKilobytes);
    QVERIFY(driver.stop());
  }

  void aFileThatIsNoSessionLeavesTheOpenOne() {
    WindowDriver driver;
    QVERIFY(begin(driver));
    const QString path = driver.bench().session->path();
    const std::size_t runs = driver.bench().runs->records().size();
    driver.dialogs.path = driver.file(QStringLiteral("letter.patchbay"));
    writeText(driver.dialogs.path, "Dear reader, this is no session.\n");
    driver.choose(QStringLiteral("Open session"));
    auto* strip = driver.find<WarningStrip>("readOnlyStrip");
    QTRY_VERIFY(strip->isVisible());
    QVERIFY2(strip->sentence().contains(QStringLiteral("letter.patchbay")), qPrintable(strip->sentence()));
    QVERIFY(!hasDialog());
    QCOMPARE(driver.bench().session->path(), path);
    QVERIFY(!driver.bench().session->isReadOnly());
    QCOMPARE(driver.bench().runs->records().size(), runs);
    QVERIFY(driver.waitFor(runAgain(driver)));
    QVERIFY(driver.stop());
  }

  void aNewerSessionIsNamedAsSuch() {
    WindowDriver driver;
    QVERIFY(begin(driver));
    const QString path = driver.bench().session->path();
    QVERIFY(driver.stop());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(kUserVersionOffset));
    QVERIFY(file.write(QByteArray("\0\0\3\7", 4)) == 4);
    file.close();
    QVERIFY(begin(driver, QStringLiteral("other.patchbay")));
    const QString other = driver.bench().session->path();
    driver.dialogs.path = path;
    driver.choose(QStringLiteral("Open session"));
    auto* strip = driver.find<WarningStrip>("readOnlyStrip");
    QTRY_VERIFY(strip->isVisible());
    QVERIFY2(strip->sentence().contains(QStringLiteral("newer version")), qPrintable(strip->sentence()));
    QVERIFY2(strip->sentence().contains(QStringLiteral("775")), qPrintable(strip->sentence()));
    QVERIFY(!hasDialog());
    QCOMPARE(driver.bench().session->path(), other);
    QVERIFY(driver.stop());
  }

  void startingOnADamagedSessionShowsAWindowThatSaysSo() {
    WindowDriver driver;
    const QString path = driver.file(QStringLiteral("noise.patchbay"));
    writeText(path, QByteArray(5'000, '\xA5'));
    CommandLine line;
    line.model = driver.tinyModel();
    line.session = path;
    QVERIFY(driver.start(line));
    auto* strip = driver.find<WarningStrip>("readOnlyStrip");
    QTRY_VERIFY(strip->isVisible());
    QVERIFY2(strip->sentence().contains(QStringLiteral("noise.patchbay")), qPrintable(strip->sentence()));
    QTRY_VERIFY(driver.bench().models->isReady());
    QVERIFY(!hasDialog());
    driver.dialogs.path = driver.file(QStringLiteral("fresh.patchbay"));
    driver.choose(QStringLiteral("New session"));
    QTRY_VERIFY(driver.bench().session->isOpen());
    QVERIFY(driver.waitUntilReady());
    QTRY_VERIFY(!strip->isVisible());
    QVERIFY(driver.stop());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray(5'000, '\xA5'));
  }

  void aSecondWindowOnTheFileIsReadOnlyAndSaysSo() {
    WindowDriver driver;
    QVERIFY(begin(driver));
    CommandLine line;
    line.model = driver.tinyModel();
    line.session = driver.bench().session->path();
    Composition second(*qApp, line);
    second.show();
    QTRY_VERIFY(second.bench().session->isOpen());
    QVERIFY(second.bench().session->isReadOnly());
    const auto* strip = second.window().findChild<WarningStrip*>(QStringLiteral("readOnlyStrip"));
    QVERIFY(strip->isVisible());
    QVERIFY2(strip->sentence().contains(QStringLiteral("read-only")), qPrintable(strip->sentence()));
    QVERIFY(!hasDialog());
    QCOMPARE(second.bench().runs->records().size(), driver.bench().runs->records().size());
    QVERIFY(!driver.bench().session->isReadOnly());
    QSignalSpy closed(&second.window(), &MainWindow::closed);
    second.window().close();
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(driver.waitFor(runAgain(driver)));
    QVERIFY(driver.stop());
  }

private:
  /// A window on the miniature model with one finished run.
  static bool begin(WindowDriver& driver, const QString& session = QStringLiteral("work.patchbay")) {
    CommandLine line;
    line.model = driver.tinyModel();
    line.session = driver.file(session);
    if (!driver.start(line) || !driver.waitUntilReady()) return false;
    driver.writePrompt(QStringLiteral("hello world"));
    driver.key(Qt::Key_Return);
    return QTest::qWaitFor([&] { return driver.isDone(driver.shownRun()); }, 10'000);
  }

  static RunId runAgain(WindowDriver& driver) {
    const auto again = driver.bench().runs->rerun(driver.shownRun());
    return again ? *again : 0;
  }

  static void opensDamaged(WindowDriver& driver, const tests::HostileCase& damaged) {
    const Workbench& bench = driver.bench();
    const std::string model = bench.models->current()->ref.fingerprint;
    const QString session = bench.session->path();
    const auto records = bench.runs->records();
    const RunId shown = driver.shownRun();
    const auto lens = driver.result<LensResult>(shown);
    auto* panel = driver.find<ErrorPanel>("modelError");
    QElapsedTimer clock;
    clock.start();
    driver.dialogs.path = QString::fromStdString(damaged.path);
    const int asked = driver.dialogs.asked;
    driver.choose(QFileInfo(driver.dialogs.path).isDir() ? QStringLiteral("Open model folder")
                                                         : QStringLiteral("Open model file"));
    QCOMPARE(driver.dialogs.asked, asked + 1);
    QTRY_VERIFY_WITH_TIMEOUT(panel->isVisible() && !bench.models->isLoading(), kLongestLoad);
    QVERIFY(clock.elapsed() < kLongestLoad);
    for (const std::string& word : damaged.words) {
      QVERIFY2(panel->error().message().find(word) != std::string::npos,
               (panel->error().message() + " lacks " + word).c_str());
    }
    QVERIFY(!hasDialog());
    QCOMPARE(driver.dialogs.asked, asked + 1);
    QCOMPARE(bench.models->current()->ref.fingerprint, model);
    QCOMPARE(bench.session->path(), session);
    QVERIFY(bench.runs->records() == records);
    QCOMPARE(driver.shownRun(), shown);
    QVERIFY(driver.result<LensResult>(shown) == lens && driver.grid()->isVisible());
    driver.click(panel->findChild<QWidget*>(QStringLiteral("remedy1")));
    QTRY_VERIFY(!panel->isVisible());
  }
};

QTEST_MAIN(WindowHostileTest)
#include "tst_window_hostile.moc"
