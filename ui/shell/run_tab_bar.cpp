#include "ui/shell/run_tab_bar.h"

#include <algorithm>

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolButton>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kHeight = 28;
constexpr int kPadding = 12;
constexpr int kGap = 6;
constexpr int kMaxTitle = 200;
constexpr int kCutPadding = 6;
constexpr int kLeastWords = 32;
// A drag this far out of the row, and beyond its ends, is no ordering of tabs any more.
constexpr int kTearAbove = 10;
constexpr int kTearBeyond = 40;
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
  paintWords(painter, index);
}

QRect RunTabBar::seenArea() const {
  int right = width();
  for (const QToolButton* arrow : findChildren<QToolButton*>(QString(), Qt::FindDirectChildrenOnly)) {
    if (arrow->isVisible()) right = std::min(right, arrow->x());
  }
  return {0, 0, right, height()};
}

void RunTabBar::paintWords(QPainter& painter, int index) const {
  const QRect area = tabRect(index);
  const QRect seen = area & seenArea();
  painter.setFont(uiFont(13));
  painter.setPen(index == currentIndex() ? theme().text : theme().muted);
  if (seen.width() < area.width()) {
    // Scrolled half out of sight: what is left of the words, cut with dots.
    const QRect rest = seen.adjusted(seen.left() > area.left() ? kCutPadding : kPadding, 1,
                                     seen.right() < area.right() ? -kCutPadding : -kPadding, 0);
    const QString words = tabText(index) + QLatin1Char(' ') + tabData(index).toString();
    const auto mode = seen.left() > area.left() ? Qt::ElideLeft : Qt::ElideRight;
    if (rest.width() >= kLeastWords)
      painter.drawText(rest, Qt::AlignVCenter, painter.fontMetrics().elidedText(words, mode, rest.width()));
    return;
  }
  QRect words = area.adjusted(kPadding, 1, -kPadding, 0);
  const QString title = painter.fontMetrics().elidedText(tabText(index), Qt::ElideMiddle, kMaxTitle);
  painter.drawText(words, Qt::AlignVCenter, title);
  words.setLeft(words.left() + painter.fontMetrics().horizontalAdvance(title) + kGap);
  painter.setFont(dataFont(12));
  painter.setPen(theme().muted);
  painter.drawText(words, Qt::AlignVCenter, tabData(index).toString());
}

void RunTabBar::mousePressEvent(QMouseEvent* event) {
  m_isPressed = event->button() == Qt::LeftButton && tabAt(event->position().toPoint()) >= 0;
  QTabBar::mousePressEvent(event);
}

void RunTabBar::mouseMoveEvent(QMouseEvent* event) {
  const QPoint at = event->position().toPoint();
  const QRect row = rect().adjusted(-kTearBeyond, -kTearAbove, kTearBeyond, kTearAbove);
  if (m_isPressed && !m_isTorn && !row.contains(at)) tear(*event);
  if (m_isTorn) {
    Q_EMIT tornMoved(event->globalPosition().toPoint());
  } else {
    QTabBar::mouseMoveEvent(event);
  }
}

void RunTabBar::tear(const QMouseEvent& event) {
  // The row thinks that the tab was let go, and puts it back in its place.
  QMouseEvent letGo(QEvent::MouseButtonRelease, event.position(), event.globalPosition(), Qt::LeftButton, Qt::NoButton,
                    event.modifiers());
  QTabBar::mouseReleaseEvent(&letGo);
  m_isTorn = true;
  setCursor(Qt::ClosedHandCursor);
  // The focus is in some view: Esc has to be heard before it.
  qApp->installEventFilter(this);
}

void RunTabBar::endTear() {
  m_isPressed = m_isTorn = false;
  unsetCursor();
  qApp->removeEventFilter(this);
}

bool RunTabBar::eventFilter(QObject* watched, QEvent* event) {
  const bool isKey = event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride;
  if (!m_isTorn || !isKey || static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape)
    return QTabBar::eventFilter(watched, event);
  event->accept();
  if (event->type() == QEvent::KeyPress) {
    endTear();
    Q_EMIT tornCancelled();
  }
  return true;
}

void RunTabBar::mouseReleaseEvent(QMouseEvent* event) {
  if (m_isTorn && event->button() == Qt::LeftButton) {
    endTear();
    Q_EMIT tornDropped(event->globalPosition().toPoint());
    return;
  }
  m_isPressed = false;
  const int index = tabAt(event->position().toPoint());
  if (event->button() == Qt::MiddleButton && index >= 0) Q_EMIT tabCloseRequested(index);
  QTabBar::mouseReleaseEvent(event);
}

void RunTabBar::changeEvent(QEvent* event) {
  QTabBar::changeEvent(event);
  if (isThemeChange(*event)) update();
}

}  // namespace patchbay::ui
