#pragma once

#include <QtWidgets/QWidget>

#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/figure.h"

namespace patchbay::ui {

/// One point; the second group is drawn hollow and in another colour.
struct ScatterPoint {
  double x = 0, y = 0;
  QString label;  ///< already displayable; drawn where there is room
  bool isSecond = false;
};

/// What a scatter plot shows.
struct ScatterPlotData {
  QString title;
  QString xName, yName;           ///< "component 1 · 54 %"
  QString firstName, secondName;  ///< of the groups; the second empty where there is one alone
  std::vector<ScatterPoint> points;
};

struct ScatterPlotParts;

/// Points with words. Click chooses the nearest, a drag draws a lasso around some, a click beside all or Esc lets go;
/// Left and Right go from point to point. The wheel zooms around the pointer, Shift+wheel pans, a drag with the middle
/// button too, a double click shows everything again.
class ScatterPlot : public QWidget {
  Q_OBJECT
public:
  explicit ScatterPlot(QWidget* parent = nullptr);
  ~ScatterPlot() override;

  /// Null for an empty plot. The view is kept for as many points, the current one and the lasso too.
  void setData(std::shared_ptr<const ScatterPlotData> data);
  [[nodiscard]] const std::shared_ptr<const ScatterPlotData>& data() const;

  /// The current point. Emits nothing.
  void setCurrent(std::optional<int> point);
  [[nodiscard]] std::optional<int> current() const;
  /// The points inside the lasso, ascending. Emits nothing.
  void setChosen(std::vector<int> points);
  [[nodiscard]] const std::vector<int>& chosen() const;

  /// Area between the axes, and where a point stands, in widget coordinates.
  [[nodiscard]] QRect plotRect() const;
  [[nodiscard]] QPointF positionOf(int point) const;

  /// The plot as it is drawn, without pointer and focus; in the light theme when `printTheme`.
  [[nodiscard]] Figure figure(bool printTheme = true) const;

  [[nodiscard]] QSize sizeHint() const override { return {520, 320}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {240, 160}; }

Q_SIGNALS:
  /// By the person; -1 for none.
  void currentChanged(int point);
  void chosenChanged();
  /// The point under the pointer; -1 when there is none.
  void hovered(int point, const QPoint& globalPosition);

protected:
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void rebuild();
  void choose(std::optional<int> point);
  [[nodiscard]] std::optional<int> pointAt(const QPointF& position) const;
  void closeLasso();
  void announce();

  std::unique_ptr<ScatterPlotParts> m_parts;
};

}  // namespace patchbay::ui
