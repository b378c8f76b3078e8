#pragma once

#include <QTabBar>

namespace patchbay::ui {

/// Tabs of views, 28 px: title, and the run id muted in the data face. The current one stands on the raised ground
/// under a 2 px accent line. Middle click closes.
class RunTabBar : public QTabBar {
  Q_OBJECT
public:
  explicit RunTabBar(QWidget* parent = nullptr);

  /// `label` is the run id, may be empty.
  void setTab(int index, const QString& title, const QString& label);
  /// Whether new views open in this row: its line is the accent, else grey.
  void setActive(bool active);

  [[nodiscard]] QSize minimumSizeHint() const override;

protected:
  [[nodiscard]] QSize tabSizeHint(int index) const override;
  [[nodiscard]] QSize minimumTabSizeHint(int index) const override;
  void paintEvent(QPaintEvent*) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void paintTab(QPainter& painter, int index) const;
  void paintWords(QPainter& painter, int index) const;
  /// Where tabs are seen: not under the arrows.
  [[nodiscard]] QRect seenArea() const;

  bool m_isActive = true;
};

}  // namespace patchbay::ui
