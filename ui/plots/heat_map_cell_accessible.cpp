#include "ui/plots/heat_map_cell_accessible.h"

#include <QtGui/QWindow>

namespace patchbay::ui {

bool HeatMapCellAccessible::isValid() const {
  return m_map && m_map->data() && m_cell.row < m_map->data()->rows() && m_cell.column < m_map->data()->columns();
}

QWindow* HeatMapCellAccessible::window() const { return m_map ? m_map->window()->windowHandle() : nullptr; }

QString HeatMapCellAccessible::text(QAccessible::Text kind) const {
  return kind == QAccessible::Name && isValid() ? m_map->spoken(m_cell) : QString();
}

QRect HeatMapCellAccessible::rect() const {
  if (!isValid()) return {};
  const QRect area = m_map->cellRect(m_cell);
  return area.isEmpty() ? QRect() : QRect(m_map->mapToGlobal(area.topLeft()), area.size());
}

QAccessible::State HeatMapCellAccessible::state() const {
  QAccessible::State state;
  if (!isValid()) {
    state.invalid = true;
    return state;
  }
  state.focusable = true;
  state.selectable = true;
  state.multiSelectable = true;
  state.readOnly = true;
  state.selected = isSelected();
  state.focused = m_map->hasFocus() && m_map->currentCell() == m_cell;
  state.offscreen = m_map->cellRect(m_cell).isEmpty();
  state.invisible = !m_map->isVisible();
  state.disabled = !m_map->isEnabled();
  return state;
}

void* HeatMapCellAccessible::interface_cast(QAccessible::InterfaceType type) {
  if (type == QAccessible::TableCellInterface) return static_cast<QAccessibleTableCellInterface*>(this);
  if (type == QAccessible::ActionInterface) return static_cast<QAccessibleActionInterface*>(this);
  return nullptr;
}

bool HeatMapCellAccessible::isSelected() const {
  return isValid() && m_map->selection() && m_map->selection()->contains(m_cell);
}

QAccessibleInterface* HeatMapCellAccessible::table() const {
  return m_map ? QAccessible::queryAccessibleInterface(m_map) : nullptr;
}

void HeatMapCellAccessible::doAction(const QString& name) {
  if (name == pressAction() && isValid()) m_map->press(m_cell);
}

}  // namespace patchbay::ui
