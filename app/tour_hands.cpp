#include "app/tour_hands.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QTabBar>

namespace patchbay {
namespace {

void sendMouse(QWidget& widget, QEvent::Type type, const QPoint& at, Qt::MouseButton button, Qt::MouseButtons held) {
  QMouseEvent event(type, at, widget.mapToGlobal(at), button, held, Qt::NoModifier);
  QApplication::sendEvent(&widget, &event);
}

}  // namespace

void TourHands::hover(QWidget& widget, const QPoint& at) const {
  sendMouse(widget, QEvent::MouseMove, at, Qt::NoButton, Qt::NoButton);
}
void TourHands::drag(QWidget& widget, const QPoint& to) const {
  sendMouse(widget, QEvent::MouseMove, to, Qt::NoButton, Qt::LeftButton);
}
void TourHands::release(QWidget& widget, const QPoint& at) const {
  sendMouse(widget, QEvent::MouseButtonRelease, at, Qt::LeftButton, Qt::NoButton);
}

void TourHands::press(QWidget& widget, const QPoint& at) const {
  // The window system gives the focus with a real press.
  if (widget.focusPolicy() & Qt::ClickFocus) widget.setFocus(Qt::MouseFocusReason);
  sendMouse(widget, QEvent::MouseButtonPress, at, Qt::LeftButton, Qt::LeftButton);
}

void TourHands::click(QWidget& widget, const QPoint& at) const {
  press(widget, at);
  release(widget, at);
}

void TourHands::key(QWidget& widget, int key, Qt::KeyboardModifiers modifiers, const QString& text) const {
  QKeyEvent down(QEvent::KeyPress, key, modifiers, text);
  QApplication::sendEvent(&widget, &down);
  QKeyEvent up(QEvent::KeyRelease, key, modifiers, text);
  QApplication::sendEvent(&widget, &up);
}

void TourHands::type(QWidget& field, const QString& words) const {
  for (const QChar letter : words) {
    if (letter == QLatin1Char('\n')) {
      key(field, Qt::Key_Return);
    } else {
      key(field, Qt::Key_unknown, Qt::NoModifier, letter);
    }
  }
}

void TourHands::typeOver(QWidget& field, const QString& words) const {
  click(field);
  key(field, Qt::Key_A, Qt::ControlModifier);
  type(field, words);
}

std::pair<QTabBar*, QPoint> TourHands::findTab(const QString& label) const {
  for (QTabBar* bar : m_window.findChildren<QTabBar*>(QStringLiteral("viewTabs"))) {
    for (int tab = 0; tab < bar->count(); ++tab) {
      if (bar->tabData(tab).toString() == label) return {bar, bar->tabRect(tab).center()};
    }
  }
  return {nullptr, {}};
}

QPoint TourHands::tabPosition(const QString& label) const {
  const auto [bar, at] = findTab(label);
  return bar ? bar->mapToGlobal(at) : QPoint();
}

bool TourHands::clickTab(const QString& label) const {
  const auto [bar, at] = findTab(label);
  if (bar) click(*bar, at);
  return bar != nullptr;
}

}  // namespace patchbay
