#pragma once

#include <QtWidgets/QWidget>

#include <vector>

namespace patchbay::ui {

/// One fact with its course over the layers: label (may hold `asData` parts), sparkline with a dot at the current
/// layer, value. 24 px high.
class SparkRow : public QWidget {
  Q_OBJECT
public:
  explicit SparkRow(const QString& label, QWidget* parent = nullptr);

  /// `course` by layer, NaN where unknown; `current` the layer of the dot, -1 for none; `value` as text with unit.
  void setCourse(std::vector<float> course, int current, const QString& value);
  void setLabel(const QString& label);
  [[nodiscard]] const QString& value() const { return m_value; }

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  /// Left and right end of the sparkline, to put "L0" and "L29" under a column of rows.
  [[nodiscard]] QRectF sparkArea() const;

Q_SIGNALS:
  /// A click on the line: the layer under the pointer.
  void layerClicked(int layer);

protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void announce();

  QString m_label;
  QString m_value;
  std::vector<float> m_course;
  int m_current = -1;
};

}  // namespace patchbay::ui
