#pragma once

#include <QtCore/QPoint>

#include <optional>
#include <utility>

#include "ui/plots/line_plot_scene.h"

namespace patchbay::ui {

class LatePlot;

/// The inside of a line plot: its scene, the plot that shows it, and what the mouse is at. Private to the plots folder.
struct LinePlotParts {
  LatePlot* plot = nullptr;
  LinePlotScene scene;
  int left = 44;
  std::optional<int> right;
  std::optional<int> hovered;
  std::optional<QPoint> pannedFrom;                        ///< while the middle button is held
  std::pair<double, double> pannedX{0, 1}, pannedY{0, 1};  ///< ends of the axes when it was pressed
};

}  // namespace patchbay::ui
