#pragma once

#include <QtWidgets/QWidget>

#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

/// Metric name, low end, 96 x 10 px of the map, high end; a tick in the middle when diverging; the tag when fitted.
class ColourBar : public QWidget {
  Q_OBJECT
public:
  explicit ColourBar(QWidget* parent = nullptr);

  void setScale(const MapScale& scale);
  [[nodiscard]] const MapScale& scale() const { return m_scale; }
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  [[nodiscard]] QString end(double value) const;
  [[nodiscard]] QString name() const;

  MapScale m_scale;
};

}  // namespace patchbay::ui
