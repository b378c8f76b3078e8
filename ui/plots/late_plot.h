#pragma once

#include <set>

#include "ui/plots/custom_plot.h"
#include "ui/plots/figure.h"

namespace patchbay::ui {

/// A QCustomPlot that draws when it is painted: once, however often it was asked, and not at all out of sight.
///
/// A resize alone draws nothing either, so its owner can give it new axes first and both come on screen together.
class LatePlot : public QCustomPlot {
public:
  explicit LatePlot(QWidget* parent);

  /// Draws everything with the next paint.
  void redraw();
  /// Draws one buffered layer with the next paint.
  void redraw(const QString& layer);

protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void drawStale();

  bool m_isStale = true;
  std::set<QString> m_staleLayers;
};

/// A plot as it is drawn in a widget of this size.
[[nodiscard]] Figure figureOf(QCustomPlot& plot, const QSize& size);

}  // namespace patchbay::ui
