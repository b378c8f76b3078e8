#include "ui/shell/main_window.h"

#include <chrono>

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDropEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>
#include <QStatusBar>
#include <QTimer>

#include "ui/panels/run_view.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/dropped_files.h"
#include "ui/shell/first_run.h"
#include "ui/shell/lens_lookup.h"
#include "ui/shell/notes_panel.h"
#include "ui/shell/prompt_strip.h"
#include "ui/shell/report_dialog.h"
#include "ui/shell/session_keeper.h"
#include "ui/shell/view_area.h"
#include "ui/state/action_registry.h"
#include "ui/state/cell_carry.h"
#include "ui/state/log_book.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/undo_history.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/warning_strip.h"

namespace patchbay::ui {
namespace {

constexpr std::chrono::seconds kPassingNotice{8};
constexpr std::chrono::duration<double> kLongRun{30};

}  // namespace

MainWindow::MainWindow(const Desk& desk, const PanelMakers& makers, const QString& version) {
  m_parts.desk = desk;
  m_parts.window = this;
  m_parts.version = version;
  setObjectName(QStringLiteral("mainWindow"));
  resize(1280, 800);
  setMinimumSize(960, 600);
  setDockNestingEnabled(true);
  setAcceptDrops(true);
  registerActions();
  m_binder = new ActionBinder(*desk.bench.actions, this);
  buildCentre();
  buildHead();
  buildDocks(makers);
  buildStatus();
  m_parts.keeper = new SessionKeeper(m_parts.desk, *this, *m_parts.views, this);
  m_firstRun = new FirstRun(m_parts.desk, *m_parts.views, this);
  connectState();
  addUndoKinds(m_parts);
  connectSession();
  refreshTitle();
  m_parts.strip->focusPrompt();
  desk.bench.actions->refresh();
}

MainWindow::~MainWindow() {
  // The views borrow the workbench: they go before it does, and without telling the window.
  disconnect(m_parts.views, nullptr, this, nullptr);
  disconnect(qApp, nullptr, this, nullptr);
  disconnect(qApp, nullptr, m_parts.views, nullptr);
}

void MainWindow::registerActions() {
  addFileActions(m_parts);
  addEditActions(m_parts);
  addViewActions(m_parts);
  addModelActions(m_parts);
  addCellActions(m_parts);
  addHelpActions(m_parts);
  ActionRegistry& actions = *m_parts.desk.bench.actions;
  actions.add({.id = QStringLiteral("view.next-panel"),
               .text = tr("Next panel"),
               .shortcuts = {QStringLiteral("F6")},
               .menu = Menu::View,
               .group = 3,
               .tip = tr("Move the focus to the next panel"),
               .trigger = [this] { cyclePanels(true); }});
  actions.add({.id = QStringLiteral("view.previous-panel"),
               .text = tr("Previous panel"),
               .shortcuts = {QStringLiteral("Shift+F6")},
               .menu = Menu::View,
               .group = 3,
               .tip = tr("Move the focus to the panel before"),
               .trigger = [this] { cyclePanels(false); }});
  actions.add({.id = QStringLiteral("view.reset-layout"),
               .text = tr("Reset layout"),
               .shortcuts = {QStringLiteral("Ctrl+Alt+0")},
               .menu = Menu::View,
               .group = 3,
               .tip = tr("All panels where they were at first"),
               .trigger = [this] { resetLayout(); }});
}

void MainWindow::connectState() {
  const Workbench& bench = m_parts.desk.bench;
  ActionRegistry* actions = bench.actions;
  connect(bench.selection, &Selection::changed, actions, &ActionRegistry::refresh);
  connect(bench.selection, &Selection::referenceChanged, actions, &ActionRegistry::refresh);
  connect(bench.models, &ModelShelf::currentChanged, actions, &ActionRegistry::refresh);
  connect(bench.models, &ModelShelf::loadingChanged, actions, &ActionRegistry::refresh);
  connect(bench.runs, &RunBook::runChanged, actions, &ActionRegistry::refresh);
  connect(bench.runs, &RunBook::runAdded, actions, &ActionRegistry::refresh);
  connect(bench.undo, &UndoHistory::changed, actions, &ActionRegistry::refresh);
  connect(bench.prompt, &PromptState::tokenizedChanged, actions, &ActionRegistry::refresh);
  connect(bench.engine, &EngineClient::jobsChanged, actions, &ActionRegistry::refresh);
  connect(bench.session, &SessionClient::opened, actions, &ActionRegistry::refresh);
  connect(bench.vectors, &VectorShelf::changed, actions, &ActionRegistry::refresh);
  connect(bench.runs, &RunBook::runRemoved, actions, &ActionRegistry::refresh);
  connect(bench.carry, &CellCarry::started, actions, &ActionRegistry::refresh);
  connect(bench.carry, &CellCarry::ended, actions, &ActionRegistry::refresh);
  // Who looks elsewhere is told of the end of what took long.
  connect(bench.runs, &RunBook::runChanged, this, [this](RunId id) {
    if (m_parts.desk.bench.runs->isActive(id)) {
      m_begun.try_emplace(id, std::chrono::steady_clock::now());
    } else if (const auto begun = m_begun.extract(id)) {
      const bool wasLong = std::chrono::steady_clock::now() - begun.mapped() > kLongRun;
      if (wasLong && !QApplication::activeWindow()) QApplication::alert(this);
    }
  });
  connect(m_parts.views, &ViewArea::tabsChanged, actions, &ActionRegistry::refresh);
  connect(m_parts.views, &ViewArea::activeViewChanged, this, &MainWindow::onActiveView);
  connect(m_parts.views, &ViewArea::newAsked, this, &MainWindow::fillNewMenu);
  connect(bench.selection, &Selection::changed, this, &MainWindow::onSelection);
  // A run that was replaced under its view is no other view: the draft in the strip stays.
  connect(bench.runs, &RunBook::runRemoved, this, [this](RunId id) {
    if (id == m_shownRun) m_shownRun = activeRun();
  });
  connect(bench.models, &ModelShelf::loadingChanged, this, &MainWindow::showModelError);
  connect(bench.log, &LogBook::told, this, [this](const QString& sentence) { showNotice(sentence, false); });
  connect(bench.actions, &ActionRegistry::refused, this, [this](const QString& reason) { showNotice(reason, true); });
  m_noticeEnd.setSingleShot(true);
  connect(&m_noticeEnd, &QTimer::timeout, m_notice, &QWidget::hide);
  connect(m_parts.strip, &PromptStrip::tokenMenuAsked, this, &MainWindow::showTokenMenu);
  connect(m_parts.strip, &PromptStrip::runAsked, this, [this] { startLens(m_parts); });
  // The prompt can be edited from every view; a view's own form is back when the focus leaves the prompt.
  connect(m_parts.strip, &PromptStrip::placeAsked, this, [this] { showTop(nullptr); });
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget* from, QWidget* now) {
    if (from && now && m_parts.strip->isAncestorOf(from) && !m_parts.strip->isAncestorOf(now)) showTopForm();
  });
  connect(bench.settings, &Settings::changed, this, [this](const QString& key) {
    // 0 is a choice too: the engine's own.
    if (key == QLatin1String("device/threads"))
      m_parts.desk.bench.engine->setThreadCount(m_parts.desk.bench.settings->threads());
    m_parts.desk.bench.actions->refresh();
  });
}

void MainWindow::connectSession() {
  const Workbench& bench = m_parts.desk.bench;
  connect(bench.session, &SessionClient::opened, this, &MainWindow::onSessionOpened);
  connect(bench.session, &SessionClient::openFailed, this, [this](const Error& error) {
    m_readOnly->setWarning(QString::fromStdString(error.message()), tr("Open another…"));
  });
  connect(bench.session, &SessionClient::saveErrorChanged, this, &MainWindow::showWarnings);
  connect(m_readOnly, &WarningStrip::actionTaken, this,
          [this] { m_parts.desk.bench.actions->trigger(QStringLiteral("file.open")); });
  connect(m_saveTrouble, &WarningStrip::actionTaken, this,
          [this] { m_parts.desk.bench.actions->trigger(QStringLiteral("file.save-copy")); });
}

void MainWindow::showFirstRun() { m_firstRun->show(); }

void MainWindow::offerReport(const QString& path) {
  m_ended->setWarning(
      tr("Patchbay stopped in the middle of its work the last time. Every finished run is here; those that were cut short are marked."),
      tr("Show the report"));
  disconnect(m_ended, &WarningStrip::actionTaken, this, nullptr);
  connect(m_ended, &WarningStrip::actionTaken, this,
          [this, path] { (new ReportDialog(path, *m_parts.desk.dialogs, this))->open(); });
}

RunId MainWindow::activeRun() const {
  const RunView* view = m_parts.views->activeView();
  return view ? view->run() : 0;
}

void MainWindow::onSessionOpened() {
  const SessionClient& session = *m_parts.desk.bench.session;
  m_places.clear();
  m_begun.clear();
  m_drafts.clear();
  m_shownRun = 0;
  m_parts.desk.bench.settings->addRecentSession(session.path());
  const bool isNew = session.contents().runs.empty() && !session.state("tabs").is_object();
  m_isFollowing = true;
  if (!isNew) m_firstRun->dismiss();
  m_parts.keeper->restore();
  // The recorded picture of the start stays; in a session made later it is shown now.
  if (isNew) m_firstRun->show();
  m_isFollowing = false;
  showTopForm();
  applyRoom();
  m_shownRun = activeRun();
  if (isNew && m_parts.desk.bench.selection->run() == 0) m_parts.desk.bench.selection->selectRun(m_shownRun);
  findChild<QDockWidget*>(QStringLiteral("jobsDock"))->setVisible(!m_parts.desk.bench.engine->jobs().empty());
  showWarnings();
  refreshTitle();
}

void MainWindow::showWarnings() {
  const SessionClient& session = *m_parts.desk.bench.session;
  const auto& reason = session.contents().readOnlyReason;
  const QString why = reason ? QString::fromStdString(reason->what) : QString();
  m_readOnly->setWarning(session.isReadOnly()
                             ? tr("This session is read-only here: %1. What you do is kept in memory only.").arg(why)
                             : QString(),
                         {});
  const auto& trouble = session.saveError();
  const bool isNews = trouble && !session.isReadOnly();
  m_saveTrouble->setWarning(isNews
                                ? tr("Not saved: %1. Your work is kept in memory and will be saved when this is over.")
                                      .arg(QString::fromStdString(trouble->what))
                                : QString(),
                            isNews ? tr("Save a copy…") : QString());
}

void MainWindow::showNotice(const QString& sentence, bool isPassing) {
  // What went wrong stays until it is read.
  if (isPassing && m_notice->isVisible() && !m_noticeEnd.isActive()) return;
  m_notice->setWarning(sentence);
  if (isPassing) {
    m_noticeEnd.start(kPassingNotice);
  } else {
    m_noticeEnd.stop();
  }
}

void MainWindow::showTokenMenu(const QPoint& globalPosition) {
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("tokenMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->setToolTipsVisible(true);
  m_binder->fillContext(*menu, [](const Action& action) { return action.onCells || action.onTokens; });
  menu->popup(globalPosition);
}

void MainWindow::showModelError() {
  const ModelShelf& models = *m_parts.desk.bench.models;
  const auto& error = models.lastError();
  m_modelError->setVisible(error.has_value());
  if (error && error != m_modelError->error()) m_modelError->setError(*error, {tr("Open another model…"), tr("Close")});
}

void MainWindow::refreshTitle() {
  const SessionClient& session = *m_parts.desk.bench.session;
  setWindowTitle(session.isOpen() ? QStringLiteral("%1 – Patchbay").arg(session.name()) : QStringLiteral("Patchbay"));
}

void MainWindow::onActiveView() {
  keepingHeights([this] {
    showTopForm();
    applyRoom();
  });
  const RunId run = activeRun();
  m_parts.desk.bench.actions->refresh();
  if (m_isFollowing || run == m_shownRun) return;
  const Workbench& bench = m_parts.desk.bench;
  if (m_shownRun != 0) {
    const auto own = promptOfRun(bench, m_shownRun);
    if (own && *own != bench.prompt->prompt()) m_drafts[m_shownRun] = bench.prompt->prompt();
  }
  m_shownRun = run;
  if (run == 0) return;
  m_isFollowing = true;
  const auto draft = m_drafts.find(run);
  if (draft != m_drafts.end()) {
    bench.prompt->showPrompt(draft->second);
    m_drafts.erase(draft);
  } else if (const auto own = promptOfRun(bench, run)) {
    bench.prompt->showPrompt(*own);
  }
  if (bench.selection->run() != run) {
    const auto place = m_places.find(run);
    bench.selection->select(
        place != m_places.end() ? place->second : SelectionState{.run = run, .tokens = {}, .layers = {}, .head = {}});
  }
  m_isFollowing = false;
}

void MainWindow::onSelection() {
  const SelectionState& state = m_parts.desk.bench.selection->state();
  if (state.run == 0) return;
  m_places[state.run] = state;
  if (m_isFollowing) return;
  if (activeRun() == state.run) return;
  // Work that is begun in another view takes its prompt along: the draft was used.
  m_drafts.erase(m_shownRun);
  m_isFollowing = true;
  m_parts.views->openRun(state.run);
  m_isFollowing = false;
  m_shownRun = 0;
  onActiveView();
}

void MainWindow::keyPressEvent(QKeyEvent* event) {
  const QString key = QKeySequence(event->keyCombination()).toString(QKeySequence::PortableText);
  const QWidget* focus = QApplication::focusWidget();
  // Docks have letters of their own (search in trees); the centre and the rows of tokens are where plots are.
  const bool isPlot = focus && (m_parts.views->isAncestorOf(focus) || qobject_cast<const TokenStrip*>(focus));
  if (!isPlot || !m_parts.desk.bench.actions->triggerPlotKey(key)) QMainWindow::keyPressEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!localFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  openDropped(m_parts.desk, localFiles(*event->mimeData()));
  event->acceptProposedAction();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (m_isClosed) {
    event->accept();
    return;
  }
  event->ignore();
  if (m_isClosing) return;
  m_isClosing = true;
  m_parts.notes->flush();
  m_parts.keeper->save();
  m_parts.desk.bench.engine->cancelAll();
  m_parts.desk.bench.session->close(this, [this](const Outcome<Done>& outcome) {
    m_isClosing = false;
    const auto leave = [this] {
      m_isClosed = true;
      close();
      Q_EMIT closed();
    };
    // A read-only window was never going to save.
    if (outcome || m_parts.desk.bench.session->isReadOnly()) {
      leave();
      return;
    }
    const QString why = outcome.isError() ? QString::fromStdString(outcome.error().message()) : QString();
    m_parts.desk.dialogs->decide(
        {tr("Some work is not saved"), why, {tr("Save a copy…"), tr("Close without saving"), tr("Stay")}},
        [this, leave](int choice) {
          if (choice == 0) m_parts.desk.bench.actions->trigger(QStringLiteral("file.save-copy"));
          if (choice == 1) leave();
        });
  });
}

void MainWindow::paintEvent(QPaintEvent* event) {
  QMainWindow::paintEvent(event);
  if (m_isPainted) return;
  m_isPainted = true;
  // Queued: the picture is on the screen before anything heavy is asked for.
  QTimer::singleShot(0, this, &MainWindow::firstPainted);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  applyRoom();
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (isThemeChange(*event)) m_parts.desk.bench.actions->refresh();
}

}  // namespace patchbay::ui
