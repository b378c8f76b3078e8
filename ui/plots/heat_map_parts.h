#pragma once

#include <QtCore/QPoint>
#include <QtCore/QSize>

#include <optional>

#include "ui/plots/heat_map_scene.h"

class QCPColorMap;
class QScrollBar;
class QWidget;

namespace patchbay::ui {

class LatePlot;

/// The inside of a heat map: its scene, and the plot and scroll bars that show it. Private to the plots folder.
struct HeatMapParts {
  enum class Gesture { None, Brush, MayCarry, Carry, Pan };

  LatePlot* plot = nullptr;
  QCPColorMap* cells = nullptr;
  QScrollBar* scroll = nullptr;     ///< columns
  QScrollBar* rowScroll = nullptr;  ///< rows; its top is the last row
  HeatMapScene scene;
  int left = 44, right = 12;
  bool isFitWidth = false;
  double zoom = 1;
  QSize zoomed;                     ///< columns and rows that the zoom was made for
  Cell first;                       ///< wanted at the lower left
  std::optional<GridPart> awaited;  ///< of the first data
  Gesture gesture = Gesture::None;
  std::optional<Cell> anchor;
  QPoint pressedAt;
  Cell pressedFirst;  ///< `first` when a pan began

  /// Makes plot and scroll bars as children of `owner`.
  explicit HeatMapParts(QWidget* owner);

  /// Where the cells lie in a widget of this size.
  [[nodiscard]] GridLayout layoutIn(const QWidget& owner) const;
  /// Places them there.
  void layoutCells(const QWidget& owner);
  /// Everything, with the next event.
  void paintAgain(const QWidget& owner);
  void refreshLabels();
  void refreshMarks();
  /// Scrolls until a cell is in sight.
  void showCell(Cell cell);
  /// Zooms so that the cell under a point stays there, as far as whole cells allow; the cells are to be placed then.
  void zoomTo(double wanted, const QPoint& around, const QWidget& owner);
  /// Space that labels take above or below the cells.
  [[nodiscard]] int labelHeight() const;

private:
  void placeScrollBars(const QWidget& owner);
  void fillCells();
};

}  // namespace patchbay::ui
