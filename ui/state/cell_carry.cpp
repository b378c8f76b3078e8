#include "ui/state/cell_carry.h"

namespace patchbay::ui {

void CellCarry::start(const SelectionState& cell) {
  m_cell = cell;
  Q_EMIT started();
}

void CellCarry::move(const QPoint& globalPosition) {
  if (m_cell) Q_EMIT moved(globalPosition);
}

void CellCarry::drop(const QPoint& globalPosition) {
  if (!m_cell) return;
  const SelectionState cell = *m_cell;
  m_cell.reset();
  Q_EMIT dropped(cell, globalPosition);
  Q_EMIT ended();
}

void CellCarry::cancel() {
  if (!m_cell) return;
  m_cell.reset();
  Q_EMIT ended();
}

}  // namespace patchbay::ui
