#pragma once

#include <QTabBar>

namespace patchbay::ui {

/// Tabs of views, 28 px: title, and the run id muted in the data face. The current one stands on the raised ground
/// under a 2 px accent line. Middle click closes. A drag along the row orders the tabs; a drag out of it tears the
/// current tab off, for others to put down. Esc ends such a drag.
class RunTabBar : public QTabBar {
  Q_OBJECT
public:
  explicit RunTabBar(QWidget* parent = nullptr);

  /// `label` is the run id, may be empty.
  void setTab(int index, const QString& title, const QString& label);
  /// Whether new views open in this row: its line is the accent, else grey.
  void setActive(bool active);

  [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
  /// The current tab is dragged outside the row.
  void tornMoved(const QPoint& globalPosition);
  void tornDropped(const QPoint& globalPosition);
  void tornCancelled();

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  [[nodiscard]] QSize tabSizeHint(int index) const override;
  [[nodiscard]] QSize minimumTabSizeHint(int index) const override;
  void paintEvent(QPaintEvent*) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void tear(const QMouseEvent& event);
  void endTear();
  void paintTab(QPainter& painter, int index) const;
  void paintWords(QPainter& painter, int index) const;
  /// Where tabs are seen: not under the arrows.
  [[nodiscard]] QRect seenArea() const;

  bool m_isActive = true;
  bool m_isPressed = false;  ///< on a tab, by the left button
  bool m_isTorn = false;
};

}  // namespace patchbay::ui
