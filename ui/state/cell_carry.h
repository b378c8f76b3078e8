#pragma once

#include <optional>

#include <QObject>
#include <QPoint>
#include <QString>

#include "ui/state/selection.h"

namespace patchbay::ui {

/// A cell on its way from one grid to another. The grid under the mouse reports it with global positions; the window
/// opens a tab it rests on; the view under the drop takes it.
class CellCarry : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;

  [[nodiscard]] bool isActive() const { return m_cell.has_value(); }
  [[nodiscard]] const std::optional<SelectionState>& cell() const { return m_cell; }

  void start(const SelectionState& cell);
  void move(const QPoint& globalPosition);
  /// Ends with `dropped`; a view whose grid is under the position takes the cell.
  void drop(const QPoint& globalPosition);
  void cancel();

Q_SIGNALS:
  void started();
  void moved(const QPoint& globalPosition);
  void dropped(const patchbay::ui::SelectionState& cell, const QPoint& globalPosition);
  void ended();

private:
  std::optional<SelectionState> m_cell;
};

}  // namespace patchbay::ui
