#pragma once

#include <QSlider>

namespace patchbay::ui {

/// Slider of a signed strength from -12 to +12 in steps of a half; the part between zero and the handle is filled.
class StrengthSlider : public QSlider {
  Q_OBJECT
public:
  explicit StrengthSlider(QWidget* parent = nullptr);

  [[nodiscard]] double strength() const { return value() / 2.0; }
  /// Rounded to a half and held within the ends.
  void setStrength(double strength);

  [[nodiscard]] QSize sizeHint() const override { return {320, 40}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {200, 40}; }

protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;

private:
  [[nodiscard]] qreal xOf(double value) const;
  void moveTo(qreal x);
};

}  // namespace patchbay::ui
