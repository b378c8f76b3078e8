#pragma once

#include <QtCore/QStringList>
#include <QtWidgets/QWidget>

namespace patchbay::ui {

/// Two to five choices in one frame, one of them current ("Text | Chat"). Left and right keys move.
class SegmentedControl : public QWidget {
  Q_OBJECT
public:
  explicit SegmentedControl(const QStringList& choices, QWidget* parent = nullptr);

  void setCurrent(int index);
  [[nodiscard]] int current() const { return m_current; }
  [[nodiscard]] const QStringList& choices() const { return m_choices; }
  /// A choice that cannot be taken; `reason` becomes its tooltip.
  void setChoiceEnabled(int index, bool enabled, const QString& reason = {});

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
  /// By the person, not by `setCurrent`.
  void chosen(int index);

protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  [[nodiscard]] QRectF segment(int index) const;
  [[nodiscard]] int segmentAt(const QPointF& position) const;
  [[nodiscard]] qreal segmentWidth(int index) const;
  void choose(int index);
  void announce();

  QStringList m_choices;
  QStringList m_reasons;
  QList<bool> m_enabled;
  int m_current = 0;
  int m_hovered = -1;
};

}  // namespace patchbay::ui
