#include "ui/widgets/progress_bar.h"

#include <QtCore/QTimerEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kFrameMs = 50;
constexpr double kBlock = 0.28;

void paintHatch(QPainter& painter, const QRectF& area, const QColor& ink) {
  painter.setPen(QPen(ink, 1.6));
  for (qreal x = area.left() - area.height(); x < area.right(); x += 4)
    painter.drawLine(QPointF(x, area.bottom()), QPointF(x + area.height(), area.top()));
}

}  // namespace

ProgressBar::ProgressBar(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("progress"));
}

void ProgressBar::setProgress(double share, State state) {
  m_share = std::clamp(std::isnan(share) ? 0.0 : share, 0.0, 1.0);
  m_state = state;
  setAccessibleDescription(state == State::Unknown ? tr("length unknown") : formatPercent(m_share));
  refreshTimer();
  update();
}

void ProgressBar::setUnknown() { setProgress(0, State::Unknown); }

void ProgressBar::refreshTimer() {
  const bool moves = m_state == State::Unknown && isVisible() && !appearance().reduceMotion;
  if (moves && !m_timer.isActive()) m_timer.start(kFrameMs, this);
  if (!moves) m_timer.stop();
}

void ProgressBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const ThemeTokens& t = theme();
  const QRectF track(0, (height() - 6) / 2.0, width(), 6);
  QPainterPath outline;
  outline.addRoundedRect(track, 3, 3);
  painter.setPen(Qt::NoPen);
  painter.setBrush(t.hair);
  painter.drawPath(outline);
  if (m_state == State::Unknown) {
    const double left = (0.5 + 0.5 * std::sin(m_phase)) * (1 - kBlock);
    painter.setBrush(mixed(t.hair, t.accent, 0.75));
    painter.drawRoundedRect(QRectF(track.left() + left * track.width(), track.top(), kBlock * track.width(), 6), 3, 3);
    return;
  }
  const QRectF filled(track.left(), track.top(), m_share * track.width(), 6);
  if (m_state == State::Cancelled) {
    painter.setClipPath(outline);
    paintHatch(painter, filled, t.faint);
    return;
  }
  painter.setBrush(m_state == State::Paused ? t.faint : t.accent);
  painter.setClipPath(outline);
  if (filled.width() > 0) painter.drawRoundedRect(filled, 3, 3);
}

void ProgressBar::timerEvent(QTimerEvent* event) {
  if (event->timerId() != m_timer.timerId()) return;
  m_phase += 0.12;
  update();
}

void ProgressBar::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refreshTimer();
}

void ProgressBar::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  refreshTimer();
}

}  // namespace patchbay::ui
