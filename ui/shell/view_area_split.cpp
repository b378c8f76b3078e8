#include "ui/shell/view_area.h"

#include <algorithm>

#include <QApplication>
#include <QLayout>
#include <QSplitter>

#include "ui/panels/run_view.h"
#include "ui/shell/tab_pane.h"

// Where tabs can go in the centre, and how their views move there as they stand.

namespace patchbay::ui {
namespace {

// Shares of a pane, from its edge, where a dropped tab splits it.
constexpr double kSideShare = 0.25;
constexpr double kBelowShare = 0.3;

}  // namespace

bool ViewArea::canPlace(PaneSide side, const TabPane* pane, const TabPane& from) const {
  if (side == PaneSide::Tabs) return true;
  if (pane == &from && from.count() < 2) return false;
  // The last tab takes its pane along, which makes room.
  const bool leavesPane = from.count() == 1;
  const QSplitter* column = columnOf(&from);
  if (side == PaneSide::Below) return columnOf(pane)->count() - (leavesPane && column == columnOf(pane)) < kMostRows;
  return m_columns->count() - (leavesPane && column->count() == 1) < kMostColumns;
}

bool ViewArea::canSplit(Qt::Orientation orientation) const {
  return canPlace(orientation == Qt::Horizontal ? PaneSide::Right : PaneSide::Below, m_active, *m_active);
}

void ViewArea::splitCurrent(Qt::Orientation orientation) {
  if (!canSplit(orientation)) return;
  moveTab(m_active, m_active->currentIndex(),
          {m_active, orientation == Qt::Horizontal ? PaneSide::Right : PaneSide::Below});
}

std::optional<TabPlace> ViewArea::placeAt(const QPoint& globalPosition, const TabPane& from) const {
  for (TabPane* pane : panes()) {
    const QPoint at = pane->mapFromGlobal(globalPosition);
    if (!pane->rect().contains(at)) continue;
    if (const auto index = pane->dropIndexAt(globalPosition)) return TabPlace{pane, PaneSide::Tabs, *index};
    const QRect area = pane->viewRect();
    const double across = static_cast<double>(at.x() - area.left()) / area.width();
    const double down = static_cast<double>(at.y() - area.top()) / area.height();
    if (across < kSideShare && canPlace(PaneSide::Left, pane, from)) return TabPlace{pane, PaneSide::Left};
    if (across > 1 - kSideShare && canPlace(PaneSide::Right, pane, from)) return TabPlace{pane, PaneSide::Right};
    if (down > 1 - kBelowShare && canPlace(PaneSide::Below, pane, from)) return TabPlace{pane, PaneSide::Below};
    if (pane != &from) return TabPlace{pane};
  }
  return std::nullopt;
}

QRect ViewArea::zoneOf(const TabPlace& place) const {
  const auto areaOf = [this](const QWidget* widget, const QRect& part) {
    return QRect(widget->mapTo(this, part.topLeft()), part.size());
  };
  const QRect pane = areaOf(place.pane, place.pane->rect());
  const QSplitter* column = columnOf(place.pane);
  const QRect whole = areaOf(column, column->rect());
  switch (place.side) {
    case PaneSide::Left: return whole.adjusted(0, 0, -whole.width() / 2, 0);
    case PaneSide::Right: return whole.adjusted(whole.width() / 2, 0, 0, 0);
    case PaneSide::Below: return pane.adjusted(0, pane.height() / 2, 0, 0);
    case PaneSide::Tabs: break;
  }
  return areaOf(place.pane, place.index < 0 ? place.pane->viewRect() : place.pane->dropMark(place.index));
}

TabPane* ViewArea::paneFor(const TabPlace& place) {
  if (place.side == PaneSide::Tabs) return place.pane;
  QSplitter* column = columnOf(place.pane);
  QSplitter* shared = column;
  TabPane* pane = nullptr;
  if (place.side == PaneSide::Below) {
    pane = addPane(column);
    column->insertWidget(column->indexOf(place.pane) + 1, pane);
  } else {
    QSplitter* added = addColumn();
    m_columns->insertWidget(m_columns->indexOf(column) + (place.side == PaneSide::Right ? 1 : 0), added);
    pane = addPane(added);
    shared = m_columns;
  }
  shared->setSizes(QList<int>(shared->count(), 1000));
  // A view is only shown once its pane has a size: plots cannot be drawn on nothing.
  pane->layout()->activate();
  return pane;
}

void ViewArea::moveTab(TabPane* from, int index, const TabPlace& place) {
  if (place.pane == from && place.side == PaneSide::Tabs) {
    const int last = from->count() - 1;
    from->moveTab(index, place.index < 0 ? last : std::min(place.index - (place.index > index), last));
    Q_EMIT tabsChanged();
    return;
  }
  const bool hadFocus = from->isAncestorOf(QApplication::focusWidget());
  const OpenTab moved = from->release(index);
  TabPane* pane = paneFor(place);
  pane->adopt(moved);
  const int last = pane->count() - 1;
  const int at = place.index < 0 ? last : std::min(place.index, last);
  pane->moveTab(last, at);
  pane->setCurrent(at);
  activate(pane);
  if (from->count() == 0) onEmptied(from);
  if (hadFocus && moved.view) moved.view->setFocus();
  Q_EMIT tabsChanged();
}

void ViewArea::unsplit() {
  const auto all = panes();
  TabPane* first = all.front();
  for (TabPane* pane : all) {
    if (pane == first) continue;
    for (const OpenTab& tab : pane->releaseAll()) first->adopt(tab);
    onEmptied(pane);
  }
  activate(first);
  Q_EMIT tabsChanged();
}

}  // namespace patchbay::ui
