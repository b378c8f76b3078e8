#pragma once

#include <QtWidgets/QWidget>

#include <vector>

#include "ui/plots/figure.h"
#include "ui/widgets/theme_tokens.h"

class QPainter;

namespace patchbay::ui {

/// One token before and after an edit, both in [0, 1].
struct BarPair {
  QString label;  ///< already displayable
  double before = 0;
  double after = 0;
};

/// What a comparison shows.
struct BarPlotData {
  QString title;
  QString beforeName, afterName;  ///< "plain", "patched"
  std::vector<BarPair> pairs;     ///< best first
};

/// Two horizontal bars a token, with both values and the change: what a patch did to the answer.
class BarPlot : public QWidget {
  Q_OBJECT
public:
  explicit BarPlot(QWidget* parent = nullptr);

  void setData(BarPlotData data);
  [[nodiscard]] const BarPlotData& data() const { return m_data; }
  /// The plot as it is drawn, without pointer and focus; in the light theme when `printTheme`.
  [[nodiscard]] Figure figure(bool printTheme = true) const;
  /// The same as a picture of `scale` device pixels a pixel.
  [[nodiscard]] QImage render(double scale = 2, bool printTheme = true) const {
    return figure(printTheme).image(scale);
  }

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
  void pairClicked(int index);

protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void paintAll(QPainter& painter, const ThemeTokens& tokens) const;

  BarPlotData m_data;
};

}  // namespace patchbay::ui
