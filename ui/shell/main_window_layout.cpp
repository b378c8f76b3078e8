#include <algorithm>

#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QVBoxLayout>

#include "ui/bridge/session_client.h"
#include "ui/panels/run_view.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/jobs_line.h"
#include "ui/shell/library_panel.h"
#include "ui/shell/log_panel.h"
#include "ui/shell/main_window.h"
#include "ui/shell/notes_panel.h"
#include "ui/shell/prompt_strip.h"
#include "ui/shell/runs_panel.h"
#include "ui/shell/search_field.h"
#include "ui/shell/status_line.h"
#include "ui/shell/tab_pane.h"
#include "ui/shell/tool_row.h"
#include "ui/shell/view_area.h"
#include "ui/state/model_shelf.h"
#include "ui/state/settings.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/warning_strip.h"

// Where things stand in the window: the other half of main_window.cpp.
namespace patchbay::ui {
namespace {

constexpr int kMenuHeight = 24;
constexpr int kToolHeight = 36;
constexpr int kStatusHeight = 22;
constexpr int kLeftWidth = 232;
constexpr int kRightWidth = 300;
constexpr int kLogHeight = 160;
// Below this width a view that needs room takes that of the left panels too.
constexpr int kNarrowWindow = 1400;

QWidget* line(QWidget* parent) {
  auto* rule = new QFrame(parent);
  rule->setObjectName(QStringLiteral("rule"));
  rule->setFixedHeight(1);
  return rule;
}

}  // namespace

void MainWindow::buildHead() {
  auto* head = new QWidget(this);
  head->setObjectName(QStringLiteral("windowHead"));
  auto* menuRow = new QHBoxLayout;
  menuRow->setContentsMargins(1, 0, 8, 0);
  auto* bar = new QMenuBar(head);
  bar->setObjectName(QStringLiteral("menuBar"));
  bar->setNativeMenuBar(false);
  bar->setFixedHeight(kMenuHeight);
  m_binder->addLiveMenu(Menu::File, 0, tr("Recent sessions"), [this](QMenu& menu) { fillRecent(menu, false); });
  m_binder->addLiveMenu(Menu::Model, 0, tr("Recent models"), [this](QMenu& menu) { fillRecent(menu, true); });
  m_binder->buildMenus(*bar);
  auto* search =
      new SearchField(ActionBinder::keyText(*m_parts.desk.bench.actions->find(QStringLiteral("view.palette"))), head);
  connect(search, &SearchField::clicked, this,
          [this] { m_parts.desk.bench.actions->trigger(QStringLiteral("view.palette")); });
  menuRow->addWidget(bar, 1);
  menuRow->addWidget(search);
  auto* tools = new ToolRow(m_parts.desk.bench, *m_binder, *m_parts.views, head);
  tools->setFixedHeight(kToolHeight);
  m_topArea = new QWidget(head);
  m_parts.strip = new PromptStrip(m_parts.desk.bench, m_topArea);
  auto* top = new QVBoxLayout(m_topArea);
  top->setContentsMargins(0, 0, 0, 0);
  top->addWidget(m_parts.strip);
  auto* layout = new QVBoxLayout(head);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(menuRow);
  layout->addWidget(tools);
  layout->addWidget(line(head));
  layout->addWidget(m_topArea);
  layout->addWidget(line(head));
  setMenuWidget(head);
  m_parts.palette = new CommandPalette(*m_parts.desk.bench.actions, this);
  connect(m_parts.palette, &CommandPalette::placeChosen, this, [this](const Place& place) {
    SelectionState selected = m_parts.desk.bench.selection->state();
    if (RunView* view = views().activeView(); view && view->run() != 0) selected.run = view->run();
    selected.tokens = place.tokens;
    selected.layers = place.layers;
    selected.site = place.site;
    selected.head = place.head;
    m_parts.desk.bench.selection->select(selected);
  });
}

void MainWindow::buildCentre() {
  auto* centre = new QWidget(this);
  centre->setObjectName(QStringLiteral("centre"));
  m_readOnly = new WarningStrip(centre);
  m_readOnly->setObjectName(QStringLiteral("readOnlyStrip"));
  m_saveTrouble = new WarningStrip(centre);
  m_saveTrouble->setObjectName(QStringLiteral("saveTroubleStrip"));
  m_notice = new WarningStrip(centre);
  m_notice->setObjectName(QStringLiteral("noticeStrip"));
  m_ended = new WarningStrip(centre);
  m_ended->setObjectName(QStringLiteral("endedStrip"));
  m_modelError = new ErrorPanel(centre);
  m_modelError->setObjectName(QStringLiteral("modelError"));
  m_parts.views = new ViewArea(m_parts.desk, *m_binder, centre);
  for (QWidget* hidden :
       {static_cast<QWidget*>(m_readOnly), static_cast<QWidget*>(m_saveTrouble), static_cast<QWidget*>(m_notice),
        static_cast<QWidget*>(m_ended), static_cast<QWidget*>(m_modelError)})
    hidden->hide();
  connect(m_modelError, &ErrorPanel::remedyChosen, this, [this](int index) {
    m_modelError->hide();
    if (index == 0) m_parts.desk.bench.actions->trigger(QStringLiteral("model.open"));
  });
  auto* layout = new QVBoxLayout(centre);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_ended);
  layout->addWidget(m_readOnly);
  layout->addWidget(m_saveTrouble);
  layout->addWidget(m_notice);
  layout->addWidget(m_modelError);
  layout->addWidget(m_parts.views, 1);
  setCentralWidget(centre);
}

QDockWidget* MainWindow::addDock(const char* name, const QString& title, QWidget* content, QWidget* header,
                                 Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(QString::fromLatin1(name));
  dock->setFeatures(QDockWidget::DockWidgetClosable | QDockWidget::DockWidgetMovable);
  dock->setTitleBarWidget(header);
  content->setAttribute(Qt::WA_StyledBackground);
  header->setAttribute(Qt::WA_StyledBackground);
  dock->setWidget(content);
  addDockWidget(area, dock);
  return dock;
}

void MainWindow::buildDocks(const PanelMakers& makers) {
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  m_parts.runs = new RunsPanel(m_parts.desk, *m_binder, this);
  addDock("runsDock", tr("Runs"), m_parts.runs, m_parts.runs->header(), Qt::LeftDockWidgetArea);
  connect(m_parts.runs, &RunsPanel::openAsked, this,
          [this](RunId run) { m_parts.desk.bench.selection->selectRun(run); });
  connect(m_parts.runs, &RunsPanel::newRunAsked, this, [this] { startLens(m_parts); });
  auto* library = new LibraryPanel(m_parts.desk, *m_binder, this);
  addDock("libraryDock", tr("Library"), library, library->header(), Qt::LeftDockWidgetArea);
  auto* inspectorHeader = new SectionHeader(tr("Inspector"));
  QWidget* inspector = makers.inspector ? makers.inspector(m_parts.desk.bench, this) : new QWidget(this);
  addDock("inspectorDock", tr("Inspector"), inspector, inspectorHeader, Qt::RightDockWidgetArea);
  m_parts.notes = new NotesPanel(m_parts.desk, this);
  addDock("notesDock", tr("Notes"), m_parts.notes, m_parts.notes->header(), Qt::RightDockWidgetArea);
  auto* logPanel = new LogPanel(m_parts.desk.bench, this);
  addDock("logDock", tr("Log"), logPanel, logPanel->header(), Qt::BottomDockWidgetArea);
  m_jobs = new JobsLine(m_parts.desk.bench, this);
  auto* noTitle = new QWidget(this);
  noTitle->setFixedHeight(0);
  QDockWidget* jobs = addDock("jobsDock", tr("Jobs"), m_jobs, noTitle, Qt::BottomDockWidgetArea);
  jobs->setFeatures(QDockWidget::NoDockWidgetFeatures);
  connect(m_jobs, &JobsLine::wantedChanged, jobs, &QDockWidget::setVisible);
  connect(m_jobs, &JobsLine::logAsked, this, &MainWindow::showLog);
  resetLayout();
}

void MainWindow::resetLayout() {
  const auto dock = [this](const char* name) { return findChild<QDockWidget*>(QString::fromLatin1(name)); };
  addDockWidget(Qt::LeftDockWidgetArea, dock("runsDock"));
  splitDockWidget(dock("runsDock"), dock("libraryDock"), Qt::Vertical);
  addDockWidget(Qt::RightDockWidgetArea, dock("inspectorDock"));
  splitDockWidget(dock("inspectorDock"), dock("notesDock"), Qt::Vertical);
  addDockWidget(Qt::BottomDockWidgetArea, dock("logDock"));
  splitDockWidget(dock("logDock"), dock("jobsDock"), Qt::Vertical);
  for (const char* name : {"runsDock", "libraryDock", "inspectorDock", "notesDock"}) dock(name)->show();
  dock("logDock")->hide();
  dock("jobsDock")->hide();
  setProperty("gaveWay", QStringList());
  resizeDocks({dock("runsDock"), dock("inspectorDock")}, {kLeftWidth, kRightWidth}, Qt::Horizontal);
  resizeDocks({dock("runsDock"), dock("libraryDock")}, {466, 156}, Qt::Vertical);
  resizeDocks({dock("inspectorDock"), dock("notesDock")}, {468, 154}, Qt::Vertical);
  resizeDocks({dock("logDock")}, {kLogHeight}, Qt::Vertical);
  applyRoom();
  m_parts.desk.bench.actions->refresh();
}

void MainWindow::applyRoom() {
  const RunView* view = m_parts.views->activeView();
  const bool isWide = view && view->room() == RunView::Room::Wide;
  // Kept as a property, so that the session knows which panels come back.
  QStringList gaveWay = property("gaveWay").toStringList();
  for (const char* name : {"runsDock", "libraryDock", "inspectorDock", "notesDock"}) {
    auto* dock = findChild<QDockWidget*>(QString::fromLatin1(name));
    if (!dock) return;
    const bool isLeft = dockWidgetArea(dock) == Qt::LeftDockWidgetArea;
    const bool isWanted = isWide && (!isLeft || width() < kNarrowWindow);
    if (isWanted && !dock->isHidden() && !gaveWay.contains(dock->objectName())) {
      dock->hide();
      gaveWay << dock->objectName();
    } else if (!isWanted && gaveWay.removeAll(dock->objectName()) > 0) {
      dock->show();
    }
  }
  setProperty("gaveWay", gaveWay);
}

void MainWindow::showTopForm() {
  RunView* view = m_parts.views->activeView();
  showTop(view ? view->topForm() : nullptr);
}

void MainWindow::showTop(QWidget* form) {
  const QWidget* focus = QApplication::focusWidget();
  const bool hadFocus = focus && m_topArea->isAncestorOf(focus);
  const bool isOther = form != m_topForm;
  if (m_topForm && isOther) m_topForm->hide();
  m_topForm = form;
  if (form && form->parentWidget() != m_topArea) m_topArea->layout()->addWidget(form);
  if (form) form->show();
  m_parts.strip->setVisible(!form);
  if (!hadFocus || !isOther) return;
  if (form) {
    form->setFocus(Qt::OtherFocusReason);
  } else {
    m_parts.strip->focusPrompt();
  }
}

void MainWindow::keepingHeights(const std::function<void()>& change) {
  const auto dock = [this](const char* name) { return findChild<QDockWidget*>(QString::fromLatin1(name)); };
  struct Pair {
    QDockWidget *above, *below;
    int& height;
  };
  const Pair pairs[] = {{dock("runsDock"), dock("libraryDock"), m_libraryHeight},
                        {dock("inspectorDock"), dock("notesDock"), m_notesHeight}};
  const auto isShown = [](const Pair& pair) {
    return pair.above && pair.below && !pair.above->isHidden() && !pair.below->isHidden();
  };
  for (const Pair& pair : pairs) {
    if (isShown(pair) && isVisible()) pair.height = pair.below->height();
  }
  change();
  // Docks that come back, and those beside a higher or lower head, would share the difference by their own rules.
  layout()->activate();
  for (const Pair& pair : pairs) {
    if (!isShown(pair) || pair.height == 0 || pair.below->height() == pair.height) continue;
    const int both = pair.above->height() + pair.below->height();
    resizeDocks({pair.above, pair.below}, {both - pair.height, pair.height}, Qt::Vertical);
  }
}

void MainWindow::buildStatus() {
  auto* status = new StatusLine(m_parts.desk.bench, this);
  connect(status, &StatusLine::logAsked, this, &MainWindow::showLog);
  statusBar()->setObjectName(QStringLiteral("statusBar"));
  statusBar()->setSizeGripEnabled(false);
  statusBar()->setFixedHeight(kStatusHeight);
  statusBar()->setContentsMargins(0, 0, 0, 0);
  statusBar()->addWidget(status, 1);
}

void MainWindow::showLog() {
  auto* dock = findChild<QDockWidget*>(QStringLiteral("logDock"));
  dock->setVisible(!dock->isVisible());
  m_parts.desk.bench.actions->refresh();
}

void MainWindow::fillNewMenu(const QPoint& at) {
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("newMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  for (const char* id :
       {"analyse.lens", "analyse.compose-patchscope", "intervene.steering", "analyse.chat", "model.facts"}) {
    menu->addAction(m_binder->action(QString::fromLatin1(id)));
  }
  menu->popup(at);
}

void MainWindow::fillRecent(QMenu& menu, bool models) {
  const Workbench& bench = m_parts.desk.bench;
  for (const QString& path : models ? bench.settings->recentModels() : bench.settings->recentSessions()) {
    QAction* entry = menu.addAction(QFileInfo(path).fileName());
    entry->setToolTip(path);
    connect(entry, &QAction::triggered, this, [this, path, models] {
      if (models) {
        m_parts.desk.bench.models->load(path);
      } else {
        m_parts.desk.bench.session->open(path);
      }
    });
  }
  if (menu.isEmpty()) menu.addAction(tr("None yet"))->setEnabled(false);
}

void MainWindow::cyclePanels(bool forward) {
  QList<QWidget*> stops{m_topArea};
  for (TabPane* pane : m_parts.views->panes()) stops << pane;
  for (const char* name : {"inspectorDock", "notesDock", "logDock", "jobsDock", "runsDock", "libraryDock"}) {
    auto* dock = findChild<QDockWidget*>(QString::fromLatin1(name));
    if (dock->isVisible()) stops << dock->widget();
  }
  const QWidget* focus = QApplication::focusWidget();
  qsizetype at =
      std::find_if(stops.begin(), stops.end(),
                   [focus](const QWidget* stop) { return focus && (stop == focus || stop->isAncestorOf(focus)); }) -
      stops.begin();
  if (at == stops.size()) at = forward ? -1 : 0;
  // A panel without anything to focus is passed over.
  for (qsizetype tried = 0; tried < stops.size(); ++tried) {
    at = (at + (forward ? 1 : stops.size() - 1)) % stops.size();
    for (QWidget* child : stops[at]->findChildren<QWidget*>()) {
      if (!child->isVisible() || !child->isEnabled() || !(child->focusPolicy() & Qt::TabFocus) || child->focusProxy())
        continue;
      child->setFocus(Qt::TabFocusReason);
      return;
    }
  }
}

}  // namespace patchbay::ui
