#pragma once

#include <QtCore/QPoint>

#include <optional>

#include "ui/plots/heat_map_scene.h"

class QCPColorMap;
class QScrollBar;
class QWidget;

namespace patchbay::ui {

class LatePlot;

/// The inside of a heat map: its scene, and the plot and scroll bar that show it. Private to the plots folder.
struct HeatMapParts {
  enum class Gesture { None, Brush, MayCarry, Carry };

  LatePlot* plot = nullptr;
  QCPColorMap* cells = nullptr;
  QScrollBar* scroll = nullptr;
  HeatMapScene scene;
  int left = 44, right = 12;
  bool isFitWidth = false;
  Gesture gesture = Gesture::None;
  std::optional<Cell> anchor;
  QPoint pressedAt;

  /// Makes plot and scroll bar as children of `owner`.
  explicit HeatMapParts(QWidget* owner);

  /// Places the cells in a widget of this size.
  void layoutCells(const QWidget& owner);
  /// Everything, with the next event.
  void paintAgain(const QWidget& owner);
  void refreshLabels();
  void refreshMarks();
  /// Scrolls until a column is in sight.
  void showColumn(int column);
  /// Space that labels take above or below the cells.
  [[nodiscard]] int labelHeight() const;

private:
  void fillCells();
};

}  // namespace patchbay::ui
