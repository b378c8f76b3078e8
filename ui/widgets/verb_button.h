#pragma once

#include <QtWidgets/QAbstractButton>

namespace patchbay::ui {

/// A verb with icon and key cap: [ Ask in words  A ]. 28 px high, as wide as its column.
class VerbButton : public QAbstractButton {
  Q_OBJECT
public:
  /// `key` as it is printed on the cap; it does not bind the key.
  VerbButton(const QString& words, const QString& icon, const QString& key, QWidget* parent = nullptr);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
  void paintEvent(QPaintEvent*) override;
  void enterEvent(QEnterEvent*) override { update(); }
  void leaveEvent(QEvent*) override { update(); }
  void changeEvent(QEvent* event) override;

private:
  QString m_icon, m_key;
};

/// Draws a key cap around `key`, right edge and middle at `at`. Returns its width.
int paintKeyCap(QPainter& painter, const QPointF& at, const QString& key, const QColor& ink);

}  // namespace patchbay::ui
