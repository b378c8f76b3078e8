#include "ui/shell/tab_drag.h"

#include "ui/shell/drop_zone.h"
#include "ui/shell/tab_pane.h"
#include "ui/shell/view_area.h"

namespace patchbay::ui {

TabDrag::TabDrag(ViewArea& area) : QObject(&area), m_area(area), m_zone(new DropZone(&area)) {}

void TabDrag::follow(TabPane* pane) {
  connect(pane, &TabPane::tabDragged, this, [this, pane](const QPoint& at) { move(pane, at); });
  connect(pane, &TabPane::tabDropped, this, [this, pane](const QPoint& at) { drop(pane, at); });
  connect(pane, &TabPane::tabDragCancelled, this, &TabDrag::end);
  connect(pane, &QObject::destroyed, this, &TabDrag::end);
}

void TabDrag::move(TabPane* pane, const QPoint& globalPosition) {
  if (!m_view) m_view = pane->current();
  m_place = m_view ? m_area.placeAt(globalPosition, *pane) : std::nullopt;
  if (m_place) {
    m_zone->showOver(m_area.zoneOf(*m_place));
  } else {
    m_zone->hide();
  }
}

void TabDrag::drop(TabPane* pane, const QPoint& globalPosition) {
  move(pane, globalPosition);
  const int index = pane->indexOf(m_view);
  const std::optional<TabPlace> place = m_place;
  end();
  if (place && index >= 0) m_area.moveTab(pane, index, *place);
}

void TabDrag::end() {
  m_zone->hide();
  m_view.clear();
  m_place.reset();
}

}  // namespace patchbay::ui
