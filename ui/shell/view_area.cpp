#include "ui/shell/view_area.h"

#include <algorithm>

#include <QApplication>
#include <QSplitter>
#include <QVBoxLayout>

#include "ui/panels/run_view.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/tab_drag.h"
#include "ui/shell/tab_pane.h"
#include "ui/state/cell_carry.h"
#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

Json toJson(const TabState& state) {
  return {{"kind", state.kind.toStdString()}, {"run", state.run}, {"view", state.view}};
}

std::vector<int> sizesOf(const QSplitter& splitter) {
  const QList<int> sizes = splitter.sizes();
  return {sizes.begin(), sizes.end()};
}

TabState tabFromJson(const Json& json) {
  TabState state;
  if (!json.is_object()) return state;
  state.kind = QString::fromStdString(json.value("kind", std::string()));
  state.run = json.value("run", RunId{0});
  state.view = json.value("view", Json::object());
  return state;
}

}  // namespace

ViewArea::ViewArea(const Desk& desk, ActionBinder& binder, QWidget* parent)
    : QWidget(parent),
      m_desk(desk),
      m_binder(binder),
      m_columns(new QSplitter(Qt::Horizontal, this)),
      m_drag(new TabDrag(*this)) {
  setObjectName(QStringLiteral("viewArea"));
  setMinimumWidth(320);
  m_columns->setHandleWidth(1);
  m_columns->setChildrenCollapsible(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_columns);
  activate(addPane(addColumn()));
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { watchFocus(now); });
  connect(m_desk.bench.carry, &CellCarry::moved, this, &ViewArea::onCarryMoved);
  connect(m_desk.bench.carry, &CellCarry::ended, this, [this] {
    for (TabPane* pane : panes()) pane->stopCarryRest();
  });
  connect(m_desk.bench.runs, &RunBook::runRemoved, this, &ViewArea::closeRun);
}

QSplitter* ViewArea::addColumn() {
  auto* column = new QSplitter(Qt::Vertical, m_columns);
  column->setHandleWidth(1);
  column->setChildrenCollapsible(false);
  m_columns->addWidget(column);
  return column;
}

TabPane* ViewArea::addPane(QSplitter* column) {
  auto* pane = new TabPane(m_desk, m_binder, column);
  column->addWidget(pane);
  connect(pane, &TabPane::activated, this, [this, pane] { activate(pane); });
  connect(pane, &TabPane::currentChanged, this, [this, pane] {
    if (pane == m_active) Q_EMIT activeViewChanged();
    Q_EMIT tabsChanged();
  });
  connect(pane, &TabPane::newAsked, this, [this, pane](const QPoint& at) {
    activate(pane);
    Q_EMIT newAsked(at);
  });
  connect(pane, &TabPane::emptied, this, [this, pane] { onEmptied(pane); });
  m_drag->follow(pane);
  return pane;
}

std::vector<TabPane*> ViewArea::panes() const {
  std::vector<TabPane*> all;
  for (int c = 0; c < m_columns->count(); ++c) {
    const auto* column = static_cast<QSplitter*>(m_columns->widget(c));
    for (int r = 0; r < column->count(); ++r) all.push_back(static_cast<TabPane*>(column->widget(r)));
  }
  return all;
}

QSplitter* ViewArea::columnOf(const TabPane* pane) const { return static_cast<QSplitter*>(pane->parentWidget()); }

RunView* ViewArea::activeView() const { return m_active->current(); }

int ViewArea::tabCount() const {
  int count = 0;
  for (const TabPane* pane : panes()) count += pane->count();
  return count;
}

void ViewArea::activate(TabPane* pane) {
  if (pane == m_active) return;
  m_active = pane;
  for (TabPane* each : panes()) each->setActive(each == pane);
  Q_EMIT activeViewChanged();
}

void ViewArea::watchFocus(QWidget* now) {
  for (TabPane* pane : panes()) {
    if (now && pane->isAncestorOf(now)) activate(pane);
  }
}

RunView* ViewArea::openRun(RunId run) {
  const RunRecord* record = m_desk.bench.runs->record(run);
  if (!record) return nullptr;
  if (RunView* view = showFound([run](const TabPane& pane) { return pane.find({}, run); })) return view;
  return m_active->add({QString::fromStdString(record->kind), run, Json::object()});
}

RunView* ViewArea::openKind(const QString& kind, const Json& state) {
  if (RunView* view = showFound([&kind](const TabPane& pane) { return pane.find(kind, 0); })) {
    if (state.is_object()) view->restoreViewState(state);
    return view;
  }
  return m_active->add({kind, 0, state.is_object() ? state : Json::object()});
}

RunView* ViewArea::openEdited(const std::string& editId) {
  return showFound([&editId](const TabPane& pane) { return pane.findEdited(editId); });
}

RunView* ViewArea::showFound(const std::function<int(const TabPane&)>& find) {
  for (TabPane* pane : panes()) {
    const int index = find(*pane);
    if (index < 0) continue;
    activate(pane);
    pane->setCurrent(index);
    return pane->current();
  }
  return nullptr;
}

bool ViewArea::shows(RunId run) const {
  const auto all = panes();
  return std::any_of(all.begin(), all.end(), [run](const TabPane* pane) { return pane->find({}, run) >= 0; });
}

void ViewArea::goToTab(int index) { m_active->setCurrent(index); }
void ViewArea::closeTab() { m_active->close(m_active->currentIndex()); }

void ViewArea::closeRun(RunId run) {
  for (TabPane* pane : panes()) pane->closeRun(run);
}

void ViewArea::forgetSession() {
  for (TabPane* pane : panes()) {
    for (int index = pane->count() - 1; index >= 0; --index) {
      if (pane->isOfSession(index)) pane->close(index);
    }
  }
}

void ViewArea::replaceRun(RunId old, RunId run) {
  for (TabPane* pane : panes()) pane->replaceRun(old, run);
}

void ViewArea::onEmptied(TabPane* pane) {
  if (panes().size() > 1) {
    QSplitter* column = columnOf(pane);
    pane->setParent(nullptr);
    pane->deleteLater();
    if (column->count() == 0) {
      column->setParent(nullptr);
      column->deleteLater();
    }
    if (m_active == pane) {
      m_active = nullptr;
      activate(panes().front());
    }
  }
  Q_EMIT tabsChanged();
}

void ViewArea::focusNextPane() {
  const auto all = panes();
  const auto at = std::find(all.begin(), all.end(), m_active);
  activate(at + 1 == all.end() ? all.front() : *(at + 1));
  if (m_active->current()) m_active->current()->setFocus();
}

void ViewArea::onCarryMoved(const QPoint& globalPosition) {
  for (TabPane* pane : panes()) {
    if (pane->isCarryRestingOn(globalPosition)) return;
  }
}

Json ViewArea::save() const {
  Json columns = Json::array();
  int active = 0;
  const auto all = panes();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == m_active) active = static_cast<int>(i);
  }
  for (int c = 0; c < m_columns->count(); ++c) {
    const auto* column = static_cast<QSplitter*>(m_columns->widget(c));
    Json rows = Json::array();
    for (int r = 0; r < column->count(); ++r) {
      const auto* pane = static_cast<TabPane*>(column->widget(r));
      Json tabs = Json::array();
      for (const TabState& state : pane->states()) tabs.push_back(toJson(state));
      rows.push_back({{"tabs", tabs}, {"current", pane->currentIndex()}});
    }
    columns.push_back({{"rows", rows}, {"sizes", sizesOf(*column)}});
  }
  return {{"columns", columns}, {"active", active}, {"sizes", sizesOf(*m_columns)}};
}

void ViewArea::clear() {
  const auto all = panes();
  for (TabPane* pane : all) pane->closeAll();
  for (TabPane* pane : all) {
    if (pane != all.front()) onEmptied(pane);
  }
  activate(all.front());
}

void ViewArea::showRestored(const Json& columns) {
  const auto all = panes();
  std::size_t at = 0;
  for (std::size_t c = 0; c < columns.size() && c < kMostColumns; ++c) {
    const Json rows = columns[c].value("rows", Json::array());
    for (std::size_t r = 0; r < rows.size() && r < kMostRows && at < all.size(); ++r, ++at) {
      // A view is only shown once its pane has a size: plots cannot be drawn on nothing.
      all[at]->layout()->activate();
      all[at]->setCurrent(std::clamp(rows[r].value("current", 0), 0, std::max(0, all[at]->count() - 1)));
    }
  }
}

void ViewArea::restore(const Json& json) {
  clear();
  if (!json.is_object()) return;
  const Json columns = json.value("columns", Json::array());
  for (std::size_t c = 0; c < columns.size() && c < kMostColumns; ++c) {
    const Json rows = columns[c].value("rows", Json::array());
    QSplitter* column = c == 0 ? static_cast<QSplitter*>(m_columns->widget(0)) : addColumn();
    for (std::size_t r = 0; r < rows.size() && r < kMostRows; ++r) {
      TabPane* pane = r == 0 && c == 0 ? panes().front() : addPane(column);
      for (const Json& tab : rows[r].value("tabs", Json::array())) {
        const TabState state = tabFromJson(tab);
        if (state.run == 0 || m_desk.bench.runs->record(state.run)) pane->addLazily(state);
      }
    }
    const auto sizes = columns[c].value("sizes", std::vector<int>());
    if (column->count() > 1) column->setSizes(QList<int>(sizes.begin(), sizes.end()));
  }
  const auto sizes = json.value("sizes", std::vector<int>());
  if (m_columns->count() > 1) m_columns->setSizes(QList<int>(sizes.begin(), sizes.end()));
  showRestored(columns);
  for (TabPane* pane : panes()) {
    if (pane->count() == 0) onEmptied(pane);
  }
  const auto left = panes();
  m_active = nullptr;
  activate(left[std::min(left.size() - 1, static_cast<std::size_t>(std::max(0, json.value("active", 0))))]);
}

}  // namespace patchbay::ui
