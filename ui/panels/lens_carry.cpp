#include "ui/panels/lens_carry.h"

#include <utility>

#include <QKeyEvent>

#include "ui/panels/cell_verbs.h"
#include "ui/plots/heat_map.h"
#include "ui/state/cell_carry.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

LensCarry::LensCarry(const Workbench& bench, HeatMap& grid, MarkedLabel& hint, StateOf stateOf)
    : QObject(&grid), m_bench(bench), m_grid(grid), m_hint(hint), m_stateOf(std::move(stateOf)) {
  m_grid.installEventFilter(this);
  connectGrid();
  connectCarry();
}

void LensCarry::connectGrid() {
  connect(&m_grid, &HeatMap::cellClicked, this, [this](int row, int column) {
    if (m_bench.carry->isActive()) dropOn({row, column}, SelectionState(*m_bench.carry->cell()));
  });
  connect(&m_grid, &HeatMap::carryStarted, this, [this](const Cell& cell, const QPoint& position) {
    m_bench.carry->start(m_stateOf(cell));
    m_bench.carry->move(position);
  });
  connect(&m_grid, &HeatMap::carryMoved, this, [this](const QPoint& position) { m_bench.carry->move(position); });
  connect(&m_grid, &HeatMap::carryDropped, this, [this](const QPoint& position) { m_bench.carry->drop(position); });
  connect(&m_grid, &HeatMap::carryCancelled, this, [this] { m_bench.carry->cancel(); });
}

void LensCarry::connectCarry() {
  connect(m_bench.carry, &CellCarry::started, this, &LensCarry::showCarry);
  connect(m_bench.carry, &CellCarry::ended, this, &LensCarry::showCarry);
  connect(m_bench.carry, &CellCarry::dropped, this, [this](const SelectionState& carried, const QPoint& position) {
    if (!m_grid.isVisible()) return;
    if (const auto cell = m_grid.cellAt(m_grid.mapFromGlobal(position))) dropOn(*cell, carried);
  });
}

void LensCarry::showCarry() {
  const auto& cell = m_bench.carry->cell();
  m_hint.setVisible(cell.has_value());
  if (!cell) return;
  m_hint.setText(
      tr("carrying %1 of %2: choose the cell to write").arg(asData(cell->address()), asData(runName(cell->run))));
}

void LensCarry::dropOn(Cell cell, const SelectionState& carried) {
  const SelectionState target = m_stateOf(cell);
  if (carried == target) {
    m_bench.carry->cancel();  // put down where it was taken up
  } else {
    dropCarried(m_bench, carried, target);
  }
}

bool LensCarry::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::KeyPress || !m_bench.carry->isActive()) return QObject::eventFilter(watched, event);
  const int key = static_cast<QKeyEvent*>(event)->key();
  const bool isEnter = key == Qt::Key_Return || key == Qt::Key_Enter;
  if (!isEnter && key != Qt::Key_Escape) return QObject::eventFilter(watched, event);
  if (isEnter && m_grid.currentCell()) {
    dropOn(*m_grid.currentCell(), SelectionState(*m_bench.carry->cell()));
  } else {
    m_bench.carry->cancel();
  }
  return true;
}

}  // namespace patchbay::ui
