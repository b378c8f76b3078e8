#pragma once

#include <QtCore/QRect>
#include <QtGui/QColor>
#include <QtGui/QPen>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ui/plots/line_plot.h"
#include "ui/widgets/theme_tokens.h"

class QPainter;

namespace patchbay::ui {

/// What a line plot paints beside its lines, as values. Private to the plots folder.
struct LinePlotScene {
  std::shared_ptr<const LinePlotData> data;
  const ThemeTokens* tokens = nullptr;
  QRect plot;                 ///< between the axes
  double xMin = 0, xMax = 1;  ///< ends of the axes as shown
  double yMin = 0, yMax = 1;
  std::pair<double, double> xWhole{0, 1}, yWhole{0, 1};   ///< ends of the axes without zoom
  std::optional<std::pair<double, double>> xView, yView;  ///< zoomed to
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

  /// A line in words: its first, last, smallest and largest value and where they are.
  [[nodiscard]] QString describe(const LineSeries& series) const;

  /// Ends of the axes from the data, narrowed to the view.
  void fitRanges();
  /// Narrows or widens an axis by a factor; `share` of it lies before the point that stays.
  void zoomX(double factor, double share);
  void zoomY(double factor, double share);
  /// Moves the view until a position is in it; false when it is already.
  bool showX(int x);
  /// Positions of 3 to 7 labels on the x axis, both ends among them.
  [[nodiscard]] std::vector<double> xTicks() const;
  [[nodiscard]] std::vector<double> yTicks() const;

  void paintWords(QPainter& painter) const;  ///< title and end labels
  void paintCursor(QPainter& painter) const;

private:
  void fitWhole();
  void paintEndLabels(QPainter& painter) const;
  /// Where the value of a series at the cursor is written; empty when it is out of sight.
  [[nodiscard]] QRectF valueArea(const LineSeries& series, bool isMain) const;
  void paintDot(QPainter& painter, const LineSeries& series, bool isMain) const;
};

}  // namespace patchbay::ui
