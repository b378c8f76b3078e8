#include <QClipboard>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSpinBox>

#include "tests/flow/window_driver.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;

namespace {

constexpr qint64 kLongestStop = 200;
constexpr int kWait = 30'000;

/// How a person stops.
enum class Way { Button, Key };
/// When: after the first sign of progress, or as soon as the work has begun.
enum class When { Progressed, Begun };

/// Numbers of a lens without the time it took.
LensResult timeless(LensResult lens) {
  lens.seconds = 0;
  return lens;
}

}  // namespace

/// Stop ends long work at once, and what comes after is as if it had never been.
class StopTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!defaultModelPath()) QSKIP("the bundled model is not here");
  }
  void init() { tests::failOnQtWarnings(); }

  void generationByButton() { stops(&StopTest::startsGeneration, Way::Button); }
  void generationByKey() { stops(&StopTest::startsGeneration, Way::Key); }
  void patchscopeByButton() { stops(&StopTest::startsPatchscope, Way::Button); }
  void patchscopeByKey() { stops(&StopTest::startsPatchscope, Way::Key); }
  void lensByButton() { stops(&StopTest::startsLens, Way::Button); }
  void gridByButton() { stops(&StopTest::startsGrid, Way::Button); }
  void lensByKeyInTheForwardPass() { stops(&StopTest::startsLens, Way::Key, When::Begun); }

  void waitingJobsAreListedAndCancelled() {
    WindowDriver driver;
    QVERIFY(driver.start());
    QVERIFY(driver.waitUntilReady());
    startsGeneration(driver);
    const ModelRef model = driver.bench().models->current()->ref;
    std::vector<RunId> waiting;
    for (const char* words : {"one", "two"}) {
      waiting.push_back(driver.bench().runs->start(
          LensRequest{.model = model, .prompt = Prompt::plain(words), .topK = 10, .tracked = {}},
          {.title = QStringLiteral("Logit lens")}));
    }
    auto* count = driver.find<QPushButton>("jobCount");
    QTRY_VERIFY(count->isVisible() && count->text() == QStringLiteral("Jobs 3"));
    driver.click(count);
    auto* list = driver.window().findChild<QMenu*>(QStringLiteral("jobList"));
    QVERIFY(list);
    QCOMPARE(list->actions().size(), 5);  // three jobs, a line, all
    // Each job has what can be done with it: the first waiting one is next anyway.
    const auto offers = [list](int job) {
      QStringList words;
      for (const QAction* action : list->actions().at(job)->menu()->actions()) words << action->text();
      return words.join(QLatin1Char(' '));
    };
    QCOMPARE(offers(0), QStringLiteral("Pause Cancel"));
    QCOMPARE(offers(1), QStringLiteral("Pause Cancel"));
    QCOMPARE(offers(2), QStringLiteral("Pause Run next Cancel"));
    list->actions().at(2)->menu()->actions().at(1)->trigger();
    const auto titleOfSecond = [&driver] { return driver.bench().engine->jobs().at(1).id; };
    const JobId before = titleOfSecond();
    QTRY_VERIFY(titleOfSecond() != before ||
                driver.bench().engine->jobs().at(1).id > driver.bench().engine->jobs().at(2).id);
    list->actions().at(1)->menu()->actions().back()->trigger();
    QTRY_COMPARE(driver.bench().engine->jobs().size(), std::size_t{2});
    list->actions().back()->trigger();
    list->close();
    QTRY_VERIFY(driver.bench().engine->jobs().empty());
    for (const RunId run : waiting) QTRY_COMPARE(driver.bench().runs->record(run)->status, RunStatus::Cancelled);
    QVERIFY(driver.stop());
  }

private:
  using Start = void (StopTest::*)(WindowDriver&);

  void startsGeneration(WindowDriver& driver) {
    driver.writePrompt(QStringLiteral("Once upon a time there was"));
    driver.choose(QStringLiteral("Chat and continuation"));
    QTRY_COMPARE(driver.view()->kind(), QLatin1String(GenerateRequest::kKind));
    driver.fill("chatTokens", QStringLiteral("4000"));
    driver.click(driver.find("runButton"));
  }
  void startsPatchscope(WindowDriver& driver) {
    driver.choose(QStringLiteral("New Patchscope"));
    QTRY_COMPARE(driver.view()->kind(), QLatin1String(PatchscopeRequest::kKind));
    driver.fill("patchscopeSourceLayers", QStringLiteral("all"));
    driver.fill("patchscopeTargetLayers", QStringLiteral("same"));
    driver.fill("patchscopeLength", QStringLiteral("200"));
    driver.click(driver.find("runButton"));
  }
  void startsGrid(WindowDriver& driver) {
    driver.choose(QStringLiteral("Patching grid"));
    QTRY_COMPARE(driver.view()->kind(), QLatin1String(PatchGridRequest::kKind));
    driver.fill("gridClean",
                QStringLiteral("The young doctor from Japan said that she now usually speaks to her patients in"));
    driver.fill("gridCorrupt",
                QStringLiteral("The young doctor from France said that she now usually speaks to her patients in"));
    driver.click(driver.find("runButton"));
  }
  void startsLens(WindowDriver& driver) {
    QGuiApplication::clipboard()->setText(
        QStringLiteral("the tower of Paris stands near a river and ").repeated(250).trimmed());
    driver.key(Qt::Key_L, Qt::ControlModifier);
    driver.key(Qt::Key_V, Qt::ControlModifier);
    QVERIFY(driver.bench().prompt->tokenCount() >= 2'000);
    driver.key(Qt::Key_Return);
  }

  void stops(Start start, Way way, When when = When::Progressed) {
    WindowDriver driver;
    QVERIFY(driver.start());
    QVERIFY(driver.waitUntilReady());
    const RunId first = driver.shownRun();
    const auto before = driver.result<LensResult>(first);
    QVERIFY(before);
    bool isWorking = false;
    QObject context;
    connect(driver.bench().runs, &RunBook::progressed, &context, [&] { isWorking = true; });
    connect(driver.bench().runs, &RunBook::tokensStreamed, &context, [&] { isWorking = true; });
    (this->*start)(driver);
    if (QTest::currentTestFailed()) return;
    const RunId run = driver.bench().runs->records().rbegin()->first;
    QVERIFY(run != first);
    QTRY_VERIFY_WITH_TIMEOUT((isWorking || when == When::Begun) && !driver.bench().engine->jobs().empty(), kWait);
    QVERIFY(driver.bench().runs->isActive(run));
    measureStop(driver, way);
    if (QTest::currentTestFailed()) return;
    QCOMPARE(driver.bench().runs->record(run)->status, RunStatus::Cancelled);
    goesOn(driver, first, *before);
    QVERIFY(driver.stop());
  }

  static void measureStop(WindowDriver& driver, Way way) {
    qint64 stopped = -1;
    QElapsedTimer clock;
    QObject context;
    connect(driver.bench().engine, &EngineClient::jobsChanged, &context, [&] {
      if (stopped < 0 && driver.bench().engine->jobs().empty()) stopped = clock.elapsed();
    });
    QTRY_VERIFY(driver.find("stopButton")->isEnabled());
    clock.start();
    if (way == Way::Button) {
      driver.click(driver.find("stopButton"));
    } else {
      driver.key(Qt::Key_Period, Qt::ControlModifier);
    }
    QTRY_VERIFY(stopped >= 0);
    qInfo("stopped after %lld ms", static_cast<long long>(stopped));
    QVERIFY(stopped < kLongestStop);
  }

  /// The window answers, and the next run has the same bits as one before.
  static void goesOn(WindowDriver& driver, RunId first, const LensResult& before) {
    driver.writePrompt(QStringLiteral("abc"));
    QCOMPARE(driver.find<QLineEdit>("promptField")->text(), QStringLiteral("abc"));
    const auto again = driver.bench().runs->rerun(first);
    QVERIFY(again && *again != first);
    QVERIFY(driver.waitFor(*again));
    const auto after = driver.result<LensResult>(*again);
    QVERIFY(after);
    QVERIFY(timeless(*after) == timeless(before));
  }
};

QTEST_MAIN(StopTest)
#include "tst_stop.moc"
