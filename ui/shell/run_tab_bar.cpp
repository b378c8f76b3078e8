#include "ui/shell/run_tab_bar.h"

#include <algorithm>

#include <QMouseEvent>
#include <QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kHeight = 28;
constexpr int kPadding = 12;
constexpr int kGap = 6;
constexpr int kMaxTitle = 200;
// One tab and the arrows that scroll the others.
constexpr int kLeastWidth = 160;

}  // namespace

RunTabBar::RunTabBar(QWidget* parent) : QTabBar(parent) {
  setDrawBase(false);
  setExpanding(false);
  setMovable(true);
  setUsesScrollButtons(true);
  setElideMode(Qt::ElideNone);
  setFocusPolicy(Qt::TabFocus);
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  setMinimumWidth(0);
}

void RunTabBar::setTab(int index, const QString& title, const QString& label) {
  setTabData(index, label);
  setTabText(index, title);
  updateGeometry();
  setAccessibleTabName(index, label.isEmpty() ? title : title + QLatin1Char(' ') + label);
}

void RunTabBar::setActive(bool active) {
  m_isActive = active;
  update();
}

QSize RunTabBar::tabSizeHint(int index) const {
  const int title = std::min(kMaxTitle, QFontMetrics(uiFont(13)).horizontalAdvance(tabText(index)));
  const QString label = tabData(index).toString();
  const int id = label.isEmpty() ? 0 : kGap + QFontMetrics(dataFont(12)).horizontalAdvance(label);
  return {2 * kPadding + title + id + 1, kHeight};
}

QSize RunTabBar::minimumTabSizeHint(int index) const { return tabSizeHint(index); }

QSize RunTabBar::minimumSizeHint() const { return {std::min(kLeastWidth, sizeHint().width()), kHeight}; }

void RunTabBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  for (int index = 0; index < count(); ++index) paintTab(painter, index);
}

void RunTabBar::paintTab(QPainter& painter, int index) const {
  const QRect area = tabRect(index);
  const bool isCurrent = index == currentIndex();
  if (isCurrent) {
    painter.fillRect(area, theme().raised);
    painter.fillRect(QRect(area.left(), area.top(), area.width(), 2), m_isActive ? theme().accent : theme().faint);
    painter.fillRect(QRect(area.left(), area.top() + 2, 1, area.height()), theme().border);
  } else if (area.contains(mapFromGlobal(QCursor::pos())) && underMouse()) {
    painter.fillRect(area, theme().hover);
  }
  painter.fillRect(QRect(area.right(), area.top() + (isCurrent ? 2 : 0), 1, area.height()), theme().border);
  if (isCurrent && hasFocus()) {
    painter.setPen(QPen(theme().accent, 2));
    painter.drawRect(area.adjusted(2, 3, -3, -2));
  }
  QRect words = area.adjusted(kPadding, 1, -kPadding, 0);
  painter.setFont(uiFont(13));
  painter.setPen(isCurrent ? theme().text : theme().muted);
  const QString title = painter.fontMetrics().elidedText(tabText(index), Qt::ElideMiddle, kMaxTitle);
  painter.drawText(words, Qt::AlignVCenter, title);
  words.setLeft(words.left() + painter.fontMetrics().horizontalAdvance(title) + kGap);
  painter.setFont(dataFont(12));
  painter.setPen(theme().muted);
  painter.drawText(words, Qt::AlignVCenter, tabData(index).toString());
}

void RunTabBar::mouseReleaseEvent(QMouseEvent* event) {
  const int index = tabAt(event->position().toPoint());
  if (event->button() == Qt::MiddleButton && index >= 0) Q_EMIT tabCloseRequested(index);
  QTabBar::mouseReleaseEvent(event);
}

void RunTabBar::changeEvent(QEvent* event) {
  QTabBar::changeEvent(event);
  if (isThemeChange(*event)) update();
}

}  // namespace patchbay::ui
