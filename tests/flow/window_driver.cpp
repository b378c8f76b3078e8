#include "tests/flow/window_driver.h"

#include <QApplication>
#include <QMenu>
#include <QPushButton>
#include <QWindow>

#include <algorithm>
#include <utility>

#include "tests/support/picture_check.h"
#include "ui/panels/choice_box.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/theme.h"

namespace patchbay::tests {
namespace {

constexpr int kPatience = 60'000;
/// Pictures in a row that are the same when nothing moves any more.
constexpr int kQuietGrabs = 4;
constexpr int kLongestQuiet = 5'000;

QPoint inWindow(QWidget* widget, const QPoint& at) { return widget->mapTo(widget->window(), at); }

}  // namespace

WindowDriver::WindowDriver() {
  qputenv("HOME", m_folder.path().toUtf8());
  qputenv("XDG_CONFIG_HOME", file(QStringLiteral("config")).toUtf8());
  qputenv("XDG_DATA_HOME", file(QStringLiteral("data")).toUtf8());
  qputenv("XDG_CACHE_HOME", file(QStringLiteral("cache")).toUtf8());
  QApplication::setCursorFlashTime(0);
}

WindowDriver::~WindowDriver() = default;

QString WindowDriver::tinyModel() {
  const QString folder = file(QStringLiteral("tiny"));
  if (!QFileInfo::exists(folder)) writeHuggingFaceFolder(makeTinyModel(), folder.toStdString());
  return folder;
}

bool WindowDriver::start(const CommandLine& line) {
  m_firstPaint = {};
  m_jobTitles.clear();
  m_startedRuns = 0;
  m_clock.start();
  m_composition = std::make_unique<Composition>(*qApp, line);
  window().setDialogs(dialogs);
  m_composition->startWatchdog();
  QObject::connect(&window(), &ui::MainWindow::firstPainted, &window(), [this] { lookAtFirstPaint(); });
  QObject::connect(bench().engine, &ui::EngineClient::jobsChanged, &window(), [this] {
    for (const JobFact& job : bench().engine->jobs()) {
      const QString title = QString::fromStdString(job.title);
      if (!m_jobTitles.contains(title)) m_jobTitles << title;
    }
  });
  QObject::connect(bench().runs, &ui::RunBook::runAdded, &window(),
                   [this](RunId id) { m_startedRuns += id > 0 ? 1 : 0; });
  m_composition->show();
  window().activateWindow();
  return QTest::qWaitFor([this] { return m_firstPaint.milliseconds >= 0; }, kPatience) &&
         QTest::qWaitForWindowActive(&window());
}

void WindowDriver::lookAtFirstPaint() {
  m_firstPaint.milliseconds = m_clock.elapsed();
  const auto* badge = find<ui::Badge>("viewBadge");
  m_firstPaint.isRecorded =
      grid() && grid()->data() && badge && badge->isVisible() && badge->origin() == ui::Origin::Recorded;
}

bool WindowDriver::waitUntilReady() {
  const auto isReady = [this] {
    const auto& records = bench().runs->records();
    const bool isMeasuring = std::any_of(records.begin(), records.end(), [this](const auto& entry) {
      return entry.second.status == RunStatus::Recorded || bench().runs->isActive(entry.first);
    });
    return bench().session->isOpen() && bench().models->isReady() && !isMeasuring && bench().engine->jobs().empty();
  };
  return QTest::qWaitFor(isReady, kPatience);
}

bool WindowDriver::stop() {
  QSignalSpy closed(&window(), &ui::MainWindow::closed);
  window().close();
  const bool isClosed = QTest::qWaitFor([&] { return closed.count() == 1; }, kPatience);
  m_composition->watchdog()->stop();
  noteBlocks();
  m_earlierBlocks = m_blocks;
  m_composition.reset();
  return isClosed;
}

void WindowDriver::noteBlocks() {
  m_blocks = m_earlierBlocks;
  if (!m_composition || !m_composition->watchdog()) return;
  const auto now = m_composition->watchdog()->blockLengths();
  m_blocks.insert(m_blocks.end(), now.begin(), now.end());
}

const std::vector<ui::Watchdog::Milliseconds>& WindowDriver::blocks() {
  if (m_composition) noteBlocks();
  return m_blocks;
}

QString WindowDriver::newBlocks() {
  QStringList lengths;
  const auto& all = blocks();
  for (; m_reportedBlocks < all.size(); ++m_reportedBlocks) lengths << QString::number(all[m_reportedBlocks].count());
  return lengths.isEmpty() ? QStringLiteral("no block")
                           : QStringLiteral("blocked %1 ms").arg(lengths.join(QStringLiteral(", ")));
}

void WindowDriver::key(Qt::Key key, Qt::KeyboardModifiers modifiers) {
  QTest::keyClick(surface(), key, modifiers);
  QCoreApplication::processEvents();
}

void WindowDriver::type(const QString& words) {
  for (const QChar letter : words) {
    if (letter == QLatin1Char('\n')) {
      key(Qt::Key_Return);
    } else {
      QTest::keyClick(surface(), letter.toLatin1());
      // As between the keys of a person: everything a letter causes happens before the next.
      QCoreApplication::processEvents();
    }
  }
}

void WindowDriver::click(QWidget* widget, const QPoint& at) {
  QTest::mouseClick(surface(), Qt::LeftButton, {}, inWindow(widget, at));
  QCoreApplication::processEvents();
}

void WindowDriver::hover(QWidget* widget, const QPoint& at) {
  QTest::mouseMove(surface(), inWindow(widget, at));
  QCoreApplication::processEvents();
}

void WindowDriver::drag(QWidget* from, const QPoint& start, QWidget* to, const QPoint& end) {
  constexpr int kSteps = 12;
  const QPoint first = inWindow(from, start);
  const QPoint last = inWindow(to, end);
  QTest::mousePress(surface(), Qt::LeftButton, {}, first);
  for (int step = 1; step <= kSteps; ++step) {
    QTest::mouseMove(surface(), first + (last - first) * step / kSteps);
    QCoreApplication::processEvents();
  }
  QTest::mouseRelease(surface(), Qt::LeftButton, {}, last);
  QCoreApplication::processEvents();
}

void WindowDriver::choose(const QString& action) {
  key(Qt::Key_K, Qt::ControlModifier);
  type(action);
  key(Qt::Key_Return);
}

void WindowDriver::chooseFrom(const char* button, const QString& entry) {
  auto* opener = find<QPushButton>(button);
  QMenu* menu = opener->menu();
  // A menu of a button has a loop of its own until it is closed: the choice is made from within.
  QObject::connect(
      menu, &QMenu::aboutToShow, menu,
      [menu, entry] {
        for (QAction* action : menu->actions()) {
          if (action->text() != entry) continue;
          QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
          return;
        }
        menu->close();
      },
      static_cast<Qt::ConnectionType>(Qt::QueuedConnection | Qt::SingleShotConnection));
  click(opener);
  // Where no window manager runs, nobody gives the window its place back after the menu.
  window().activateWindow();
  if (!QTest::qWaitFor([this] { return QApplication::activeWindow() == &window(); }))
    qWarning("the window is not active after a menu");
}

void WindowDriver::writePrompt(const QString& words) {
  key(Qt::Key_L, Qt::ControlModifier);
  type(words);
}

bool WindowDriver::isDone(RunId run) const {
  const RunRecord* record = bench().runs->record(run);
  return record && record->status == RunStatus::Done;
}

bool WindowDriver::waitFor(RunId run, std::chrono::milliseconds longest) {
  return QTest::qWaitFor([this, run] { return isDone(run); }, static_cast<int>(longest.count()));
}

std::set<int> WindowDriver::seenUntilDone(RunId run, const std::function<int()>& look) {
  std::set<int> seen;
  const bool isOver = QTest::qWaitFor(
      [&] {
        seen.insert(look());
        const RunRecord* record = bench().runs->record(run);
        return isDone(run) || !record || record->status == RunStatus::Failed;
      },
      60'000);
  if (!isOver || !isDone(run)) qWarning("the run did not end well");
  return seen;
}

void WindowDriver::fill(const char* field, const QString& words) {
  QWidget* widget = find(field);
  QVERIFY2(widget && widget->isVisible(), field);
  click(widget);
  key(Qt::Key_A, Qt::ControlModifier);
  type(words);
}

void WindowDriver::take(const char* name, const QString& entry) {
  auto* box = find<ui::ChoiceBox>(name);
  QVERIFY2(box && box->isVisible(), name);
  const int wanted = box->findText(entry);
  QVERIFY2(wanted >= 0, qPrintable(entry));
  box->setFocus();
  while (box->currentIndex() != wanted) {
    const int before = box->currentIndex();
    key(before < wanted ? Qt::Key_Down : Qt::Key_Up);
    QVERIFY2(box->currentIndex() != before,
             qPrintable(QStringLiteral("%1 stays at %2").arg(QLatin1String(name), box->currentText())));
  }
}

void WindowDriver::settle() {
  // The line of the jobs goes a moment after the last job, and the panels above it grow then.
  QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(bench().engine->jobs(), &JobFact::isPaused), kPatience);
  // What moves by itself, as the bar of a paused job does, is waited for no longer.
  QImage before;
  int quiet = 0;
  (void)QTest::qWaitFor(
      [&] {
        const QImage now = window().grab().toImage();
        quiet = std::exchange(before, now) == now ? quiet + 1 : 0;
        return quiet >= kQuietGrabs;
      },
      kLongestQuiet);
}

void WindowDriver::picture(const char* name) {
  // No person waits for what follows.
  ui::Watchdog* watchdog = m_composition->watchdog();
  noteBlocks();
  m_earlierBlocks = m_blocks;
  if (watchdog) watchdog->stop();
  // A card comes after a while, with the speed of the machine.
  for (auto* card : window().findChildren<ui::HoverCard*>()) card->dismiss();
  settle();
  for (const auto& [kind, word] : {std::pair{ui::ThemeKind::Dark, "dark"}, std::pair{ui::ThemeKind::Light, "light"}}) {
    ui::applyTheme(*qApp, kind);
    settle();
    const QString difference = pictureDifference(window().grab().toImage(),
                                                 QStringLiteral("%1-%2").arg(QLatin1String(name), QLatin1String(word)));
    QVERIFY2(difference.isEmpty(), qPrintable(difference));
  }
  if (watchdog) watchdog->start();
}

}  // namespace patchbay::tests
