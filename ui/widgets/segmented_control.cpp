#include "ui/widgets/segmented_control.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QHelpEvent>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QToolTip>

#include <cmath>

#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kInset = 11;
constexpr double kTextSize = 12.5;

}  // namespace

SegmentedControl::SegmentedControl(const QStringList& choices, QWidget* parent) : QWidget(parent), m_choices(choices) {
  m_reasons.resize(choices.size());
  m_enabled.fill(true, choices.size());
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  announce();
}

void SegmentedControl::setCurrent(int index) {
  if (index < 0 || index >= m_choices.size() || index == m_current) return;
  m_current = index;
  announce();
  update();
}

void SegmentedControl::setChoiceEnabled(int index, bool enabled, const QString& reason) {
  if (index < 0 || index >= m_choices.size()) return;
  m_enabled[index] = enabled;
  m_reasons[index] = reason;
  update();
}

qreal SegmentedControl::segmentWidth(int index) const {
  return std::ceil(QFontMetricsF(uiFont(kTextSize)).horizontalAdvance(m_choices[index])) + 2 * kInset;
}

QSize SegmentedControl::sizeHint() const {
  qreal sum = 1;
  for (int i = 0; i < m_choices.size(); ++i) sum += segmentWidth(i);
  return {static_cast<int>(sum), rowHeight(24)};
}

QRectF SegmentedControl::segment(int index) const {
  qreal left = 0.5;
  for (int i = 0; i < index; ++i) left += segmentWidth(i);
  return {left, 0.5, segmentWidth(index), height() - 1.0};
}

int SegmentedControl::segmentAt(const QPointF& position) const {
  for (int i = 0; i < m_choices.size(); ++i)
    if (segment(i).contains(position)) return i;
  return -1;
}

void SegmentedControl::choose(int index) {
  if (index < 0 || index >= m_choices.size() || !m_enabled[index] || index == m_current) return;
  setCurrent(index);
  Q_EMIT chosen(index);
}

void SegmentedControl::announce() {
  if (!m_choices.isEmpty())
    setAccessibleDescription(tr("%1, %2 of %3").arg(m_choices[m_current]).arg(m_current + 1).arg(m_choices.size()));
}

void SegmentedControl::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const ThemeTokens& t = theme();
  const QRectF frame(0.5, 0.5, sizeHint().width() - 1.0, height() - 1.0);
  QPainterPath outline;
  outline.addRoundedRect(frame, 4, 4);
  painter.fillPath(outline, isEnabled() ? t.raised : t.panel);
  painter.setFont(uiFont(kTextSize));
  for (int i = 0; i < m_choices.size(); ++i) {
    const QRectF area = segment(i);
    const bool isLive = isEnabled() && m_enabled[i];
    painter.save();
    painter.setClipPath(outline);
    if (i == m_current)
      painter.fillRect(area, t.selection);
    else if (i == m_hovered && isLive)
      painter.fillRect(area, t.hover);
    painter.restore();
    painter.setPen(isLive ? t.text : t.faint);
    painter.drawText(area, Qt::AlignCenter, m_choices[i]);
    painter.setPen(QPen(t.border, 1));
    if (i > 0) painter.drawLine(QPointF(area.left(), frame.top()), QPointF(area.left(), frame.bottom()));
  }
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(t.border, 1));
  painter.drawPath(outline);
  if (hasFocus()) {
    painter.setPen(QPen(t.accent, 2));
    painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  }
}

bool SegmentedControl::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int index = segmentAt(help->pos());
    if (index >= 0 && !m_enabled[index] && !m_reasons[index].isEmpty()) {
      QToolTip::showText(help->globalPos(), m_reasons[index], this);
      return true;
    }
  }
  return QWidget::event(event);
}

void SegmentedControl::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(segmentAt(event->position()));
}

void SegmentedControl::mouseMoveEvent(QMouseEvent* event) {
  m_hovered = segmentAt(event->position());
  update();
}

void SegmentedControl::leaveEvent(QEvent*) {
  m_hovered = -1;
  update();
}

void SegmentedControl::keyPressEvent(QKeyEvent* event) {
  const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
  if (step == 0) {
    QWidget::keyPressEvent(event);
    return;
  }
  int next = m_current + step;
  while (next >= 0 && next < m_choices.size() && !m_enabled[next]) next += step;
  choose(next);
}

void SegmentedControl::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void SegmentedControl::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

void SegmentedControl::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    updateGeometry();
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
