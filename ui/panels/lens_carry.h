#pragma once

#include <functional>

#include <QObject>

#include "ui/plots/heat_map_data.h"
#include "ui/state/selection.h"
#include "ui/state/workbench.h"

namespace patchbay::ui {

class HeatMap;
class MarkedLabel;

/// Cells carried from and to the grid of one lens: by a drag, or taken up and put down with a click or Enter. A cell
/// put down on another becomes an activation patch; Esc puts it back.
class LensCarry : public QObject {
  Q_OBJECT
public:
  using StateOf = std::function<SelectionState(Cell)>;

  /// `grid` owns this; `hint` says what is carried while something is; `stateOf` gives the place of a cell.
  LensCarry(const Workbench& bench, HeatMap& grid, MarkedLabel& hint, StateOf stateOf);

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void connectGrid();
  void connectCarry();
  void showCarry();
  void dropOn(Cell cell, const SelectionState& carried);

  const Workbench& m_bench;
  HeatMap& m_grid;
  MarkedLabel& m_hint;
  StateOf m_stateOf;
};

}  // namespace patchbay::ui
