#pragma once

#include <QtCore/QRect>
#include <QtGui/QColor>
#include <QtGui/QPen>

#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/line_plot.h"
#include "ui/widgets/theme_tokens.h"

class QPainter;

namespace patchbay::ui {

/// What a line plot paints beside its lines, as values. Private to the plots folder.
struct LinePlotScene {
  std::shared_ptr<const LinePlotData> data;
  const ThemeTokens* tokens = nullptr;
  QRect plot;                     ///< between the axes
  double xMin = 0, xMax = 1;
  double yMin = 0, yMax = 1;
  std::optional<int> cursor;
  bool showsFocus = false;

  [[nodiscard]] QPointF pixelAt(double x, double y) const;
  [[nodiscard]] QPen penOf(LineRole role) const;
  [[nodiscard]] QString xText(double x) const;
  [[nodiscard]] QString yText(double y) const;
  /// Width of the widest end label.
  [[nodiscard]] int endLabelWidth() const;
  /// Value of a line at a position; NaN where it has none.
  [[nodiscard]] static double valueAt(const LineSeries& series, int x);

  /// Ends of the axes from the data.
  void fitRanges();
  /// Positions of 3 to 7 labels on the x axis, both ends among them.
  [[nodiscard]] std::vector<double> xTicks() const;
  [[nodiscard]] std::vector<double> yTicks() const;

  void paintWords(QPainter& painter) const;   ///< title and end labels
  void paintCursor(QPainter& painter) const;

private:
  void paintEndLabels(QPainter& painter) const;
  void paintValue(QPainter& painter, const LineSeries& series, bool isMain) const;
};

}  // namespace patchbay::ui
