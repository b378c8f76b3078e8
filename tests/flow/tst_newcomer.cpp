#include <atomic>

#include <sys/syscall.h>
#include <unistd.h>

#include <QClipboard>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QTableView>

#include "tests/flow/window_driver.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/strength_slider.h"
#include "ui/plots/line_plot.h"
#include "ui/shell/tab_pane.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/next_tokens.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/spark_row.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;

namespace {

constexpr qint64 kLongestFirstPaint = 1'500;
constexpr qint64 kLongestWalk = 60'000;
constexpr int kWait = 30'000;
constexpr int kLayers = 30;

/// How often the window's thread waited until a disk had everything.
std::atomic<int> waitsForTheDisk{0};

int toTheDisk(long call, int file) {
  if (gettid() == getpid()) ++waitsForTheDisk;
  return static_cast<int>(syscall(call, file));
}

/// What a window shows of its session, to be found again.
struct Remembered {
  std::map<RunId, RunRecord> runs;
  std::vector<std::string> vectors;
  QString prompt, note;
  SelectionState selection;
  std::optional<SelectionState> pinned;
  Json tabs;
};

/// Kind and run of every tab of every pane, and which are in front.
Json tabsOf(ViewArea& views) {
  Json all = Json::array();
  for (const TabPane* pane : views.panes()) {
    Json tabs = Json::array();
    for (int tab = 0; tab < pane->count(); ++tab) tabs.push_back({pane->kindAt(tab).toStdString(), pane->runAt(tab)});
    all.push_back({{"tabs", tabs}, {"current", pane->currentIndex()}, {"active", pane == views.activePane()}});
  }
  return all;
}

}  // namespace

// These stand before those of the system, for Qt too.
extern "C" int fdatasync(int file) { return toTheDisk(SYS_fdatasync, file); }
extern "C" int fsync(int file) { return toTheDisk(SYS_fsync, file); }

/// A newcomer walks the main job in the real window: looks, edits, asks, moves a state, steers, opens another model,
/// closes and comes back.
class NewcomerTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!defaultModelPath()) QSKIP("the bundled model is not here");
  }
  void init() { tests::failOnQtWarnings(); }
  void walksTheMainJob();
  void aLongPromptIsPastedWithoutABlock();

private:
  void firstLook();
  void editsThePrompt();
  void looksAtACell();
  void asksACell();
  void asksAllLayers();
  void movesAState();
  void steers();
  void opensAnotherModel();
  void writesANote();
  void comesBack();

  [[nodiscard]] Remembered remember();
  void clickCell(Cell cell) { m_driver->click(m_driver->grid(), m_driver->grid()->cellRect(cell).center()); }
  void clickTab(TabPane* pane, int index) {
    auto* bar = pane->findChild<QTabBar*>(QStringLiteral("viewTabs"));
    // In a narrow pane the first tabs are scrolled half out of sight.
    m_driver->click(bar, bar->tabRect(index).intersected(bar->rect()).center());
  }

  std::unique_ptr<WindowDriver> m_driver;
  RunId m_france = 0, m_italy = 0;
};

void NewcomerTest::walksTheMainJob() {
  m_driver = std::make_unique<WindowDriver>();
  const std::pair<const char*, void (NewcomerTest::*)()> steps[] = {
      {"first look", &NewcomerTest::firstLook},
      {"edits the prompt", &NewcomerTest::editsThePrompt},
      {"looks at a cell", &NewcomerTest::looksAtACell},
      {"asks a cell", &NewcomerTest::asksACell},
      {"asks all layers", &NewcomerTest::asksAllLayers},
      {"moves a state", &NewcomerTest::movesAState},
      {"steers", &NewcomerTest::steers},
      {"opens another model", &NewcomerTest::opensAnotherModel},
      {"writes a note", &NewcomerTest::writesANote},
      {"comes back", &NewcomerTest::comesBack},
  };
  QElapsedTimer walk;
  walk.start();
  for (const auto& [name, step] : steps) {
    QElapsedTimer time;
    time.start();
    (this->*step)();
    qInfo("%-20s %5lld ms, %s", name, static_cast<long long>(time.elapsed()), qPrintable(m_driver->newBlocks()));
    if (QTest::currentTestFailed()) return;
  }
  const qint64 all = walk.elapsed();
  qInfo("the walk took %lld ms", static_cast<long long>(all));
  QVERIFY(m_driver->stop());
  QVERIFY(all < kLongestWalk);
  QCOMPARE(waitsForTheDisk.load(), 0);
  QCOMPARE(m_driver->blocks().size(), std::size_t{0});
}

void NewcomerTest::aLongPromptIsPastedWithoutABlock() {
  m_driver = std::make_unique<WindowDriver>();
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QGuiApplication::clipboard()->setText(QStringLiteral("the tower of Paris stands near a river and ").repeated(222));
  m_driver->key(Qt::Key_L, Qt::ControlModifier);
  m_driver->key(Qt::Key_A, Qt::ControlModifier);
  m_driver->key(Qt::Key_V, Qt::ControlModifier);
  QVERIFY(m_driver->find<TokenStrip>("tokenStrip")->chips().size() >= 1900);
  m_driver->key(Qt::Key_Space);
  QVERIFY(m_driver->stop());
  QCOMPARE(m_driver->blocks().size(), std::size_t{0});
}

void NewcomerTest::firstLook() {
  QVERIFY(m_driver->start());
  qInfo("first paint after %lld ms", static_cast<long long>(m_driver->firstPaint().milliseconds));
  QVERIFY(m_driver->firstPaint().milliseconds < kLongestFirstPaint);
  QVERIFY(m_driver->firstPaint().isRecorded);
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(m_driver->find<Badge>("viewBadge")->origin(), Origin::Measured);
  m_france = m_driver->shownRun();
  QVERIFY(m_driver->isDone(m_france));
  QCOMPARE(m_driver->window().views().tabCount(), 1);
  QCOMPARE(m_driver->find<QLineEdit>("promptField")->text(), QStringLiteral("The capital of France is"));
  QCOMPARE(m_driver->grid()->data()->rows(), kLayers);
}

void NewcomerTest::editsThePrompt() {
  auto* field = m_driver->find<QLineEdit>("promptField");
  const auto said = m_driver->find<NextTokens>("nextTokens")->tokens();
  QVERIFY(!said.empty());
  m_driver->writePrompt(QStringLiteral("The capital of Italy is"));
  QCOMPARE(field->text(), QStringLiteral("The capital of Italy is"));
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(field->text(), QStringLiteral("The capital of France is"));
  m_driver->key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  QCOMPARE(field->text(), QStringLiteral("The capital of Italy is"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != m_france);
  m_italy = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(m_italy));
  const auto& chips = m_driver->find<TokenStrip>("tokenStrip")->chips();
  QCOMPARE(chips.size(), std::size_t{5});
  QCOMPARE(chips[3].token.text, std::string(" Italy"));
  QTRY_VERIFY(m_driver->grid()->data() && m_driver->grid()->data()->rows() == kLayers);
  QCOMPARE(m_driver->grid()->data()->columns(), 5);
  QVERIFY(!m_driver->grid()->data()->word({kLayers - 1, 4}).isEmpty());
  QTRY_VERIFY(!m_driver->find<NextTokens>("nextTokens")->tokens().empty());
  QVERIFY(m_driver->find<NextTokens>("nextTokens")->tokens().front() != said.front());
  QVERIFY(m_driver->find<Badge>("viewBadge")->origin() == Origin::Measured);
}

void NewcomerTest::looksAtACell() {
  const Cell cell{20, 4};
  HeatMap* grid = m_driver->grid();
  m_driver->hover(grid, grid->cellRect(cell).center());
  const auto shownCard = [this]() -> const HoverCard* {
    for (const auto* card : m_driver->window().findChildren<HoverCard*>()) {
      if (card->isVisible()) return card;
    }
    return nullptr;
  };
  QTRY_VERIFY(shownCard());
  QCOMPARE(shownCard()->accessibleName(), QStringLiteral("t4.L20.resid_post"));
  // Five words and two facts, of 16 px each or more.
  QVERIFY(shownCard()->height() >= 7 * 14);
  clickCell(cell);
  QCOMPARE(m_driver->bench().selection->state().address(), QStringLiteral("t4.L20.resid_post"));
  const QWidget* inspector = m_driver->find("inspectorPanel");
  QVERIFY(inspector->isVisible());
  QCOMPARE(withoutMarks(WindowDriver::in<MarkedLabel>(inspector, "inspectorAddress")->text()),
           QStringLiteral("t4.L20.resid_post"));
  QCOMPARE(WindowDriver::in<ProbabilityBars>(inspector, "inspectorBars")->tokens().size(), std::size_t{5});
  const auto rows = inspector->findChildren<SparkRow*>();
  // Entropy, rank of the followed token, norm, cosine to the last layer, KL to it.
  QVERIFY(rows.size() >= 5);
  for (const SparkRow* row : rows.first(5)) QVERIFY(row->isVisible() && !row->value().isEmpty());
  const auto* curve = WindowDriver::in<LinePlot>(m_driver->view(), "lensCurve");
  QVERIFY(curve->isVisible() && curve->data());
  QCOMPARE(curve->data()->series.front().y.size(), std::size_t{kLayers});
  QCOMPARE(curve->cursor(), std::optional<int>(20));
}

void NewcomerTest::asksACell() {
  int streamed = 0;
  QObject context;
  connect(m_driver->bench().runs, &RunBook::tokensStreamed, &context, [&] { ++streamed; });
  m_driver->key(Qt::Key_P);
  QTRY_VERIFY(m_driver->shownRun() != m_italy);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  QVERIFY(streamed > 0);
  const auto result = m_driver->result<PatchscopeResult>(run);
  QVERIFY(result && result->cells.size() == 1);
  QCOMPARE(result->cells.front().generation.tokens.size(), std::size_t{10});
  const auto* text = WindowDriver::in<GenerationText>(m_driver->view(), "patchscopeText");
  QTRY_COMPARE(text->generation(), result->cells.front().generation);
  QVERIFY(text->isVisible());
  QCOMPARE(WindowDriver::in<ProbabilityBars>(m_driver->view(), "patchscopeAnswer")->tokens().front(),
           result->cells.front().top.front());
}

void NewcomerTest::asksAllLayers() {
  const RunId before = m_driver->shownRun();
  m_driver->key(Qt::Key_P, Qt::ShiftModifier);
  QTRY_VERIFY(m_driver->shownRun() != before);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto* table = WindowDriver::in<QTableView>(m_driver->view(), "patchscopeTable");
  QTRY_VERIFY(table->isVisible());
  QTRY_COMPARE(table->model()->rowCount(), kLayers);
  const auto* curve = WindowDriver::in<LinePlot>(m_driver->view(), "patchscopeCurve");
  QTRY_VERIFY(curve->isVisible() && curve->data());
  QCOMPARE(curve->data()->series.size(), std::size_t{2});
  QCOMPARE(curve->data()->series.front().y.size(), std::size_t{kLayers});
}

void NewcomerTest::movesAState() {
  ViewArea& views = m_driver->window().views();
  clickTab(views.activePane(), 1);
  QCOMPARE(m_driver->shownRun(), m_italy);
  m_driver->choose(QStringLiteral("Split to the right"));
  QTRY_COMPARE(views.panes().size(), std::size_t{2});
  clickTab(views.panes().front(), 0);
  QCOMPARE(m_driver->shownRun(), m_france);
  HeatMap* target = m_driver->grid();
  clickTab(views.panes().back(), 0);
  QCOMPARE(m_driver->shownRun(), m_italy);
  HeatMap* source = m_driver->grid();
  const Cell cell{4, 3};  // the country, before the last token has read it
  QTRY_VERIFY(!source->cellRect(cell).isEmpty() && !target->cellRect(cell).isEmpty());
  clickCell(cell);
  m_driver->drag(source, source->cellRect(cell).center(), target, target->cellRect(cell).center());
  QTRY_VERIFY(m_driver->view()->kind() == QLatin1String(PatchRequest::kKind));
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto patch = m_driver->result<PatchResult>(run);
  QVERIFY(patch->plain != patch->patched);
  QVERIFY(patch->klBits > 0.1f);
  QTRY_COMPARE(WindowDriver::in<ProbabilityBars>(m_driver->view(), "patchPatched")->tokens().front(),
               patch->patched.front());
  QCOMPARE(WindowDriver::in<ProbabilityBars>(m_driver->view(), "patchPlain")->tokens().front(), patch->plain.front());
  QCOMPARE(m_driver->bench().runs->record(run)->parent, std::optional<RunId>(m_france));
  m_driver->choose(QStringLiteral("One pane"));
  QTRY_COMPARE(views.panes().size(), std::size_t{1});
}

void NewcomerTest::steers() {
  m_driver->choose(QStringLiteral("Steering"));
  QTRY_COMPARE(m_driver->view()->kind(), QLatin1String(SteerRequest::kKind));
  m_driver->click(m_driver->find("vectorName"));
  m_driver->type(QStringLiteral("joy"));
  m_driver->click(m_driver->find("vectorPositives"));
  m_driver->type(QStringLiteral("I love this, it is wonderful\nWhat a happy, joyful day"));
  m_driver->click(m_driver->find("vectorNegatives"));
  m_driver->type(QStringLiteral("I hate this, it is horrible\nWhat a sad, gloomy day"));
  m_driver->click(m_driver->find("vectorMake"));
  QTRY_COMPARE_WITH_TIMEOUT(m_driver->bench().vectors->vectors().size(), std::size_t{1}, kWait);
  const auto isSteered = [this] {
    return m_driver->shownRun() != 0 && m_driver->result<SteerResult>(m_driver->shownRun());
  };
  QTRY_VERIFY_WITH_TIMEOUT(isSteered(), kWait);
  const RunId first = m_driver->shownRun();
  auto* slider = m_driver->find<StrengthSlider>("steerStrength");
  const double before = slider->strength();
  const auto at = [slider](double strength) {
    return QPoint(16 + qRound((strength + 12) / 24 * (slider->width() - 32)), 12);
  };
  m_driver->drag(slider, at(before), slider, at(10));
  QCOMPARE(slider->strength(), 10.0);
  QTRY_VERIFY_WITH_TIMEOUT(m_driver->shownRun() != first && isSteered(), kWait);
  const auto result = m_driver->result<SteerResult>(m_driver->shownRun());
  const auto* plain = m_driver->find<GenerationText>("steerPlain");
  const auto* steered = m_driver->find<GenerationText>("steerSteered");
  QTRY_COMPARE(plain->generation(), result->plain);
  QTRY_COMPARE(steered->generation(), result->steered);
  QVERIFY(plain->generatedText() != steered->generatedText());
  for (const GeneratedToken& token : result->steered.tokens) QVERIFY(token.p > 0 && token.p <= 1);
}

void NewcomerTest::opensAnotherModel() {
  const QString bundled = displayName(*m_driver->bench().models->current());
  const std::string fingerprint = m_driver->bench().models->current()->ref.fingerprint;
  m_driver->dialogs.path = QStringLiteral(PATCHBAY_SOURCE_DIR "/tests/golden/tiny/tied");
  m_driver->choose(QStringLiteral("Open model folder"));
  QCOMPARE(m_driver->dialogs.asked, 1);
  QTRY_VERIFY_WITH_TIMEOUT(m_driver->bench().models->current()->ref.fingerprint != fingerprint, kWait);
  const int layers = m_driver->bench().models->current()->layers;
  const RunId before = m_driver->shownRun();
  m_driver->writePrompt(QStringLiteral("hello"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != before);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QTRY_VERIFY(m_driver->grid() && m_driver->grid()->data());
  QCOMPARE(m_driver->grid()->data()->rows(), layers);
  m_driver->chooseFrom("modelButton", bundled);
  QTRY_COMPARE(m_driver->bench().models->current()->ref.fingerprint, fingerprint);
}

void NewcomerTest::writesANote() {
  m_driver->key(Qt::Key_1, Qt::ControlModifier);
  QTRY_COMPARE(m_driver->shownRun(), m_france);
  clickCell({24, 3});
  m_driver->key(Qt::Key_M);
  clickCell({22, 4});
  m_driver->key(Qt::Key_N);
  auto* notes = m_driver->find<QPlainTextEdit>("notesText");
  QTRY_VERIFY(notes->hasFocus());
  m_driver->type(QStringLiteral("Paris comes late"));
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QTRY_COMPARE(notes->toPlainText(), QString());
  m_driver->key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  QTRY_COMPARE(notes->toPlainText(), QStringLiteral("Paris comes late"));
  m_driver->writePrompt(QStringLiteral("A draft that was never run"));
}

Remembered NewcomerTest::remember() {
  const Workbench& bench = m_driver->bench();
  Remembered all{bench.runs->records(),
                 {},
                 m_driver->find<QLineEdit>("promptField")->text(),
                 m_driver->find<QPlainTextEdit>("notesText")->toPlainText(),
                 bench.selection->state(),
                 bench.selection->reference(),
                 tabsOf(m_driver->window().views())};
  for (const ShelfVector& vector : bench.vectors->vectors()) all.vectors.push_back(vector.hash);
  return all;
}

void NewcomerTest::comesBack() {
  const Remembered before = remember();
  const std::string fingerprint = m_driver->bench().models->current()->ref.fingerprint;
  QVERIFY(before.runs.size() >= 7);
  QVERIFY(before.selection.isCell() && before.pinned);
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->firstPaint().milliseconds < kLongestFirstPaint);
  QVERIFY(m_driver->waitUntilReady());
  QTRY_VERIFY(m_driver->grid() && m_driver->grid()->data());
  const Remembered after = remember();
  QCOMPARE(after.prompt, before.prompt);
  QCOMPARE(after.note, before.note);
  QCOMPARE(after.vectors, before.vectors);
  QVERIFY(after.selection == before.selection);
  QVERIFY(after.pinned == before.pinned);
  QVERIFY2(after.tabs == before.tabs, (after.tabs.dump() + " was " + before.tabs.dump()).c_str());
  QCOMPARE(after.runs.size(), before.runs.size());
  for (const auto& [id, run] : before.runs) QVERIFY2(after.runs.at(id) == run, run.title.c_str());
  QCOMPARE(m_driver->grid()->data()->rows(), kLayers);
  QVERIFY(m_driver->bench().undo->canUndo());
  QCOMPARE(m_driver->startedRuns(), 0);
  for (const QString& job : m_driver->jobTitles()) QVERIFY2(job.startsWith(QStringLiteral("Load ")), qPrintable(job));
  QVERIFY2(m_driver->bench().models->current()->ref.fingerprint == fingerprint,
           "another model is in use than the one chosen last");
}

QTEST_MAIN(NewcomerTest)
#include "tst_newcomer.moc"
