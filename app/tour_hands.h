#pragma once

#include <utility>

#include <QMainWindow>
#include <QPoint>
#include <QString>
#include <Qt>

class QTabBar;

namespace patchbay {

/// Mouse and keyboard of the tour: the events a person makes, sent to the widgets of one window, found by their
/// objectName. Of several with one name the visible one is meant.
class TourHands {
public:
  explicit TourHands(QMainWindow& window) : m_window(window) {}

  template <typename Widget = QWidget>
  [[nodiscard]] Widget* find(const char* name) const {
    for (Widget* widget : m_window.findChildren<Widget*>(QString::fromLatin1(name))) {
      if (widget->isVisible()) return widget;
    }
    return nullptr;
  }

  /// The pointer over a place of the widget, no button held.
  void hover(QWidget& widget, const QPoint& at) const;
  void click(QWidget& widget, const QPoint& at) const;
  void click(QWidget& widget) const { click(widget, widget.rect().center()); }
  /// A drag in three parts. Positions are those of `widget`, and may lie outside of it.
  void press(QWidget& widget, const QPoint& at) const;
  void drag(QWidget& widget, const QPoint& to) const;
  void release(QWidget& widget, const QPoint& at) const;
  void key(QWidget& widget, int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier, const QString& text = {}) const;
  /// Types into a field; a line end is the Enter key.
  void type(QWidget& field, const QString& words) const;
  /// Clicks the field, marks all of it and types over it.
  void typeOver(QWidget& field, const QString& words) const;
  /// Clicks a tab of the centre by what it says after its title ("#4"); false when there is none.
  [[nodiscard]] bool clickTab(const QString& label) const;
  /// Where a tab is in global coordinates; null when there is none.
  [[nodiscard]] QPoint tabPosition(const QString& label) const;

private:
  /// The bar that has the tab, and the tab's middle in it; null when there is none.
  [[nodiscard]] std::pair<QTabBar*, QPoint> findTab(const QString& label) const;

  QMainWindow& m_window;
};

}  // namespace patchbay
