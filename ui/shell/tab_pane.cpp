#include "ui/shell/tab_pane.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <QApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/panels/run_view.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/run_tab_bar.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/format.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kRowHeight = 28;
constexpr std::chrono::milliseconds kCarryRest{450};
// Room that the badge leaves: one tab, the arrows and the buttons.
constexpr int kLeastTabs = 300;

QString kindTitle(const QString& kind) {
  if (kind == QLatin1String("model-facts")) return TabPane::tr("Model");
  if (kind == QLatin1String("compare")) return TabPane::tr("Compare");
  if (kind == QLatin1String(LensRequest::kKind)) return TabPane::tr("Logit lens");
  if (kind == QLatin1String(PatchscopeRequest::kKind)) return TabPane::tr("Patchscope");
  if (kind == QLatin1String(PatchRequest::kKind)) return TabPane::tr("Patch");
  if (kind == QLatin1String(PatchGridRequest::kKind)) return TabPane::tr("Patching grid");
  if (kind == QLatin1String(PatchscopeListRequest::kKind)) return TabPane::tr("Patchscope list");
  if (kind == QLatin1String(AttentionRequest::kKind)) return TabPane::tr("Attention");
  if (kind == QLatin1String(AttributionRequest::kKind)) return TabPane::tr("Logit attribution");
  if (kind == QLatin1String(NeuronsRequest::kKind)) return TabPane::tr("MLP neurons");
  if (kind == QLatin1String(ExploreRequest::kKind)) return TabPane::tr("Activations");
  if (kind == QLatin1String(MultiHopRequest::kKind)) return TabPane::tr("Two steps");
  if (kind == QLatin1String(ProbeRequest::kKind)) return TabPane::tr("Probes");
  if (kind == QLatin1String(DecoderVectorRequest::kKind)) return TabPane::tr("Steer by decoder");
  if (kind == QLatin1String(LearningCurveRequest::kKind)) return TabPane::tr("Learning curve");
  if (kind == QLatin1String(MetaModelRequest::kKind)) return TabPane::tr("Meta-models");
  if (kind == QLatin1String(AskRequest::kKind)) return TabPane::tr("Ask");
  if (kind == QLatin1String(TrainDecoderRequest::kKind)) return TabPane::tr("Train decoder");
  if (kind == QLatin1String(FitMapRequest::kKind)) return TabPane::tr("Fitted maps");
  if (kind == QLatin1String(LearnPromptRequest::kKind)) return TabPane::tr("Learned prompt");
  if (kind == QLatin1String(SteerRequest::kKind)) return TabPane::tr("Steering");
  if (kind == QLatin1String(GenerateRequest::kKind)) return TabPane::tr("Chat");
  if (kind == QLatin1String(MakeVectorRequest::kKind)) return TabPane::tr("Vector");
  return kind;
}

}  // namespace

TabPane::TabPane(const Desk& desk, ActionBinder& binder, QWidget* parent)
    : QWidget(parent),
      m_desk(desk),
      m_binder(binder),
      m_bar(new RunTabBar(this)),
      m_add(new IconButton(QStringLiteral("add"), tr("New view"), this)),
      m_badge(new Badge(this)),
      m_note(new IconButton(QStringLiteral("note"), tr("Note on this run"), this)),
      m_export(new IconButton(QStringLiteral("export"), tr("Export this view"), this)),
      m_stack(new QStackedWidget(this)) {
  setObjectName(QStringLiteral("tabPane"));
  buildRow(binder);
  auto* empty = new EmptyPanel({QStringLiteral("lens"),
                                tr("No view is open"),
                                tr("Type a prompt and press Run, or open a run from the left."),
                                {},
                                {}});
  m_empty = empty;
  m_stack->addWidget(m_empty);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(m_row);
  layout->addWidget(m_stack, 1);
  connect(m_bar, &QTabBar::currentChanged, this, &TabPane::showCurrent);
  connect(m_bar, &QTabBar::tabCloseRequested, this, &TabPane::close);
  connect(m_bar, &QTabBar::tabMoved, this, &TabPane::onTabMoved);
  connect(m_bar, &QTabBar::tabBarClicked, this, &TabPane::activated);
  connectDrag();
  connect(m_desk.bench.runs, &RunBook::runChanged, this, [this](RunId id) {
    if (id == currentRun()) refreshCorner();
  });
  connect(m_desk.bench.runs, &RunBook::resultReady, this, &TabPane::refreshCorner);
  connect(m_desk.bench.models, &ModelShelf::currentChanged, this, &TabPane::refreshCorner);
  m_rest.setSingleShot(true);
  m_rest.setInterval(kCarryRest);
  connect(&m_rest, &QTimer::timeout, this, [this] {
    if (m_restIndex >= 0) setCurrent(m_restIndex);
  });
  refreshCorner();
}

void TabPane::buildRow(ActionBinder& binder) {
  m_row = new QHBoxLayout;
  m_row->setContentsMargins(0, 0, 8, 0);
  m_row->setSpacing(4);
  m_bar->setObjectName(QStringLiteral("viewTabs"));
  m_bar->setAccessibleName(tr("Views"));
  m_add->setObjectName(QStringLiteral("tabAdd"));
  m_badge->setObjectName(QStringLiteral("viewBadge"));
  m_note->setObjectName(QStringLiteral("viewNote"));
  m_export->setObjectName(QStringLiteral("viewExport"));
  m_row->addWidget(m_bar, 0, Qt::AlignBottom);
  m_row->addWidget(m_add);
  m_row->addStretch(1);
  m_row->addWidget(m_badge);
  m_row->addSpacing(8);
  m_row->addWidget(m_note);
  m_row->addWidget(m_export);
  connect(m_add, &IconButton::clicked, this,
          [this] { Q_EMIT newAsked(m_add->mapToGlobal(QPoint(0, m_add->height()))); });
  connect(m_note, &IconButton::clicked, this, [this] {
    Q_EMIT activated();
    m_desk.bench.actions->trigger(QStringLiteral("edit.note"));
  });
  auto* menu = new QMenu(m_export);
  for (const char* id : {"file.export-picture", "file.export-numbers", "edit.copy-table"})
    menu->addAction(binder.action(QString::fromLatin1(id)));
  connect(menu, &QMenu::aboutToShow, this, &TabPane::activated);
  m_export->setMenu(menu);
  m_export->setPopupMode(QToolButton::InstantPopup);
}

int TabPane::currentIndex() const { return m_bar->currentIndex(); }

RunView* TabPane::current() const {
  const int index = currentIndex();
  return index >= 0 && index < count() ? m_tabs[static_cast<std::size_t>(index)].view : nullptr;
}

RunId TabPane::runAt(int index) const {
  if (index < 0 || index >= count()) return 0;
  const OpenTab& tab = m_tabs[static_cast<std::size_t>(index)];
  return tab.view ? tab.view->run() : tab.state.run;
}

bool TabPane::isOfSession(int index) const { return m_tabs[static_cast<std::size_t>(index)].state.run > 0; }

QString TabPane::kindAt(int index) const {
  return index < 0 || index >= count() ? QString() : m_tabs[static_cast<std::size_t>(index)].state.kind;
}

RunId TabPane::currentRun() const { return runAt(currentIndex()); }

int TabPane::find(const QString& kind, RunId run) const {
  for (int index = 0; index < count(); ++index) {
    if (runAt(index) == run && (run != 0 || kindAt(index) == kind)) return index;
  }
  return -1;
}

int TabPane::findEdited(const std::string& editId) const {
  for (int index = 0; index < count(); ++index) {
    const OpenTab& tab = m_tabs[static_cast<std::size_t>(index)];
    const std::string id = tab.view ? tab.view->editId() : kept<std::string>(tab.state.view, "id").value_or("");
    if (!id.empty() && id == editId) return index;
  }
  return -1;
}

QString TabPane::titleOf(const TabState& state) const { return kindTitle(state.kind); }

RunView* TabPane::add(const TabState& state) {
  if (!m_desk.views->has(state.kind)) return nullptr;
  addLazily(state);
  setCurrent(count() - 1);
  return current();
}

void TabPane::addLazily(const TabState& state) {
  if (!m_desk.views->has(state.kind)) return;
  adopt({state, nullptr});
}

void TabPane::setCurrent(int index) {
  if (index < 0 || index >= count()) return;
  if (index == currentIndex()) {
    showCurrent();
  } else {
    m_bar->setCurrentIndex(index);
  }
}

RunView* TabPane::ensureView(int index) {
  OpenTab& tab = m_tabs[static_cast<std::size_t>(index)];
  if (tab.view) return tab.view;
  tab.view = m_desk.views->make(tab.state.kind, m_desk.bench, m_stack);
  m_stack->addWidget(tab.view);
  tab.view->showRun(tab.state.run);
  // After the run, whose request fills the form: what was not run yet is there again.
  if (!tab.state.view.empty()) tab.view->restoreViewState(tab.state.view);
  follow(tab.view);
  return tab.view;
}

void TabPane::follow(RunView* view) {
  connect(view, &RunView::titleChanged, this, [this, view] {
    for (int i = 0; i < count(); ++i) {
      if (m_tabs[static_cast<std::size_t>(i)].view == view) dress(i);
    }
  });
  connect(view, &RunView::stateChanged, this, [this, view] {
    if (view == current()) refreshCorner();
    m_desk.bench.actions->refresh();
  });
  connect(view, &RunView::cellMenuAsked, this, &TabPane::showCellMenu);
}

void TabPane::showCellMenu(const QPoint& globalPosition) {
  Q_EMIT activated();
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("cellMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->setToolTipsVisible(true);
  m_binder.fillContext(*menu, [](const Action& action) { return action.onCells; });
  menu->popup(globalPosition);
}

void TabPane::leave(RunView* view) {
  if (!view) return;
  view->disconnect(this);
  m_stack->removeWidget(view);
}

void TabPane::dress(int index) {
  OpenTab& tab = m_tabs[static_cast<std::size_t>(index)];
  const RunId run = runAt(index);
  if (run != 0) tab.state.run = run;
  const RunRecord* record = m_desk.bench.runs->record(run);
  const QString title = tab.view ? tab.view->title() : titleOf(tab.state);
  m_bar->setTab(index, title, run != 0 ? runLabel(run) : QString());
  m_bar->setTabToolTip(index, record ? QString::fromStdString(record->title) : title);
}

void TabPane::onTabMoved(int from, int to) {
  const auto at = [this](int index) { return m_tabs.begin() + index; };
  if (from < to) {
    std::rotate(at(from), at(from) + 1, at(to) + 1);
  } else {
    std::rotate(at(to), at(from), at(from) + 1);
  }
}

void TabPane::showCurrent() {
  const int index = currentIndex();
  if (index < 0 || index >= count()) {
    m_stack->setCurrentWidget(m_empty);
  } else {
    RunView* view = ensureView(index);
    // Else Qt gives the focus of the hidden view to the next field, and letters meant for plots are typed there.
    const bool takesFocus = m_stack->currentWidget() != view && m_stack->isAncestorOf(QApplication::focusWidget());
    m_stack->setCurrentWidget(view);
    if (takesFocus) view->setFocus();
    dress(index);
  }
  refreshCorner();
  Q_EMIT currentChanged();
}

void TabPane::adopt(const OpenTab& tab) {
  if (tab.view) {
    m_stack->addWidget(tab.view);
    follow(tab.view);
  }
  m_tabs.push_back(tab);
  // The row changes before a view exists: no signal may ask for it yet.
  const QSignalBlocker quiet(m_bar);
  m_bar->addTab(QString());
  dress(count() - 1);
}

OpenTab TabPane::release(int index) {
  const OpenTab tab = m_tabs[static_cast<std::size_t>(index)];
  m_tabs.erase(m_tabs.begin() + index);
  leave(tab.view);
  {
    // Else the row and the line below would each show the next tab.
    const QSignalBlocker quiet(m_bar);
    m_bar->removeTab(index);
  }
  showCurrent();
  return tab;
}

std::vector<OpenTab> TabPane::releaseAll() {
  {
    // No tab is shown on the way: the next one would make its view for nothing.
    const QSignalBlocker quiet(m_bar);
    while (m_bar->count() > 0) m_bar->removeTab(m_bar->count() - 1);
  }
  std::vector<OpenTab> tabs = std::exchange(m_tabs, {});
  for (const OpenTab& tab : tabs) leave(tab.view);
  showCurrent();
  return tabs;
}

void TabPane::close(int index) {
  if (index < 0 || index >= count()) return;
  const OpenTab tab = release(index);
  if (tab.view) tab.view->deleteLater();
  if (m_tabs.empty()) Q_EMIT emptied();
}

void TabPane::closeRun(RunId run) {
  for (int index = count() - 1; index >= 0; --index) {
    if (runAt(index) == run) close(index);
  }
}

void TabPane::closeAll() {
  for (const OpenTab& tab : releaseAll()) {
    if (tab.view) tab.view->deleteLater();
  }
}

std::vector<TabState> TabPane::states() const {
  std::vector<TabState> states;
  for (const OpenTab& tab : m_tabs) {
    TabState state = tab.state;
    if (tab.view) {
      state.run = tab.view->run();
      state.view = tab.view->viewState();
    }
    states.push_back(std::move(state));
  }
  return states;
}

void TabPane::replaceRun(RunId old, RunId run) {
  for (int index = 0; index < count(); ++index) {
    if (runAt(index) != old) continue;
    OpenTab& tab = m_tabs[static_cast<std::size_t>(index)];
    tab.state.run = run;
    if (tab.view) tab.view->showRun(run);
    dress(index);
  }
  refreshCorner();
}

void TabPane::setActive(bool active) { m_bar->setActive(active); }

bool TabPane::isCarryRestingOn(const QPoint& globalPosition) {
  const int index = m_bar->tabAt(m_bar->mapFromGlobal(globalPosition));
  if (index < 0 || index == currentIndex()) {
    m_rest.stop();
    m_restIndex = -1;
    return false;
  }
  if (index != m_restIndex || !m_rest.isActive()) {
    m_restIndex = index;
    m_rest.start();
  }
  return true;
}

void TabPane::refreshCorner() {
  const RunView* view = current();
  const RunRecord* record = m_desk.bench.runs->record(currentRun());
  // What a stopped run had said before it was stopped.
  const bool isPartial = record && record->status == RunStatus::Cancelled && m_desk.bench.runs->hasResult(record->id);
  const bool hasNumbers =
      record && (record->status == RunStatus::Done || record->status == RunStatus::Recorded || isPartial);
  m_badge->setVisible(view && hasNumbers);
  m_badge->setMinimumWidth(0);
  m_note->setVisible(record != nullptr);
  m_export->setVisible(view != nullptr);
  if (!view || !hasNumbers) return;
  QStringList facts;
  if (!view->badgeDetail().isEmpty()) facts << view->badgeDetail();
  if (record->status == RunStatus::Recorded) {
    if (!m_desk.bench.models->isReady()) facts << tr("reruns live when the model is ready");
    m_badge->setOrigin(Origin::Recorded, facts.join(QStringLiteral(" · ")));
    shareRow();
    return;
  }
  if (!record->dtype.empty()) facts << QString::fromStdString(record->dtype);
  if (isPartial) {
    facts.prepend(tr("cancelled, partial"));
  } else {
    facts << formatSeconds(record->seconds);
  }
  // An automatic seed is told too: typed into the field it repeats the run. Greedy runs have none.
  if (record->seedIsChosen) {
    facts << tr("seed %1").arg(record->seed);
  } else if (record->seed != 0) {
    facts << tr("seed %1 (automatic)").arg(record->seed);
  }
  m_badge->setOrigin(view->isApproximate() || isPartial ? Origin::Approximate : Origin::Measured,
                     facts.join(QStringLiteral(" · ")));
  shareRow();
}

void TabPane::shareRow() { m_badge->setMinimumWidth(std::clamp(width() - kLeastTabs, 0, m_badge->sizeHint().width())); }

void TabPane::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  shareRow();
}

void TabPane::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().raised);
  painter.fillRect(QRect(0, 0, width(), kRowHeight), theme().window);
}

}  // namespace patchbay::ui
