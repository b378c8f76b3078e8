#pragma once

#include <QtWidgets/QWidget>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ui/plots/figure.h"

namespace patchbay::ui {

/// What a line stands for; it decides colour and dash.
enum class LineRole { ThisRun, Pinned, Control, Series2, Series3, Series4 };

/// One line. `x` and `y` of equal length; NaN in `y` breaks the line.
struct LineSeries {
  QString name;  ///< end label, "#14 raw"
  LineRole role = LineRole::ThisRun;
  std::vector<double> x;
  std::vector<double> y;
};

/// What a line plot shows.
struct LinePlotData {
  QString title;  ///< "p(" + asData("␣Paris") + ") by layer, at token 4"
  QString xName, yName, yUnit;
  std::vector<LineSeries> series;
  std::optional<std::pair<double, double>> yRange;  ///< fixed ends; fitted to the data when empty
  std::function<QString(double)> xLabel;            ///< "L24"; plain number when empty
  std::function<QString(double)> yLabel;            ///< ".44"; `formatCompact` when empty
  bool hasMarkers = false;                          ///< a disc at each point: few of them, or some that stand alone
};

struct LinePlotParts;

/// Up to six named lines over whole x positions (layers, steps) with a cursor. Click, drag or Left and Right move the
/// cursor. The wheel zooms around the pointer: along x, or along y over the labels at the left; plus and minus zoom x
/// around the cursor. Shift+wheel and a drag with the middle button pan, a double click shows everything again.
class LinePlot : public QWidget {
  Q_OBJECT
public:
  explicit LinePlot(QWidget* parent = nullptr);
  ~LinePlot() override;

  void setData(std::shared_ptr<const LinePlotData> data);
  [[nodiscard]] const std::shared_ptr<const LinePlotData>& data() const;

  /// Position of the cursor on the x axis; nullopt for none. Emits nothing.
  void setCursor(std::optional<int> x);
  [[nodiscard]] std::optional<int> cursor() const;

  /// Left edge of the axis rect: 44 unless set; the same number as for the map above.
  void setLeftMargin(int pixels);
  /// Room for end labels; made from their width unless set.
  void setRightMargin(std::optional<int> pixels);
  /// Area between the axes in widget coordinates.
  [[nodiscard]] QRect plotRect() const;
  /// Ends of an axis as shown; zoom narrows them, x to whole positions.
  [[nodiscard]] std::pair<double, double> xShown() const;
  [[nodiscard]] std::pair<double, double> yShown() const;

  /// The plot as it is drawn, without pointer and focus; in the light theme when `printTheme`.
  [[nodiscard]] Figure figure(bool printTheme = true) const;
  /// The same as a picture of `scale` device pixels a pixel.
  [[nodiscard]] QImage render(double scale = 2, bool printTheme = true) const {
    return figure(printTheme).image(scale);
  }

  [[nodiscard]] QSize sizeHint() const override { return {640, 96}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {200, 80}; }

Q_SIGNALS:
  void cursorMoved(int x);
  /// Position under the pointer; -1 when it leaves.
  void hovered(int x, const QPoint& globalPosition);

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
  void moveCursor(int x);
  void refreshCursor();
  [[nodiscard]] std::optional<int> positionAt(const QPoint& position) const;
  void pan(const QPoint& to);
  void announce();

  std::unique_ptr<LinePlotParts> m_parts;
};

}  // namespace patchbay::ui
