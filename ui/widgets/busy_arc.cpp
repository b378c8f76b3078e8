#include "ui/widgets/busy_arc.h"

#include <QtCore/QTimerEvent>
#include <QtGui/QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kDelayMs = 300;
constexpr int kFrameMs = 50;
constexpr double kTurnsPerFrame = 0.06;

}  // namespace

BusyArc::BusyArc(QWidget* parent) : QWidget(parent) {
  setFixedSize(16, 16);
  setAccessibleName(tr("working"));
}

void BusyArc::start() {
  if (m_isRunning) return;
  m_isRunning = true;
  m_isDrawn = false;
  m_timer.start(kDelayMs, this);
}

void BusyArc::stop() {
  m_isRunning = false;
  m_isDrawn = false;
  m_timer.stop();
  update();
}

void BusyArc::paint(QPainter& painter, const QRectF& area, double phase) {
  const ThemeTokens& t = theme();
  const QRectF circle(area.center() - QPointF(6, 6), QSizeF(12, 12));
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(t.border, 1.6));
  painter.drawEllipse(circle);
  painter.setPen(QPen(t.accent, 2, Qt::SolidLine, Qt::RoundCap));
  painter.drawArc(circle, static_cast<int>((0.25 - phase) * 5760) % 5760, -5760 / 3);
  painter.restore();
}

void BusyArc::paintEvent(QPaintEvent*) {
  if (!m_isDrawn) return;
  QPainter painter(this);
  paint(painter, rect(), m_phase);
}

void BusyArc::timerEvent(QTimerEvent* event) {
  if (event->timerId() != m_timer.timerId()) return;
  if (!m_isDrawn) {
    m_isDrawn = true;
    if (appearance().reduceMotion)
      m_timer.stop();
    else
      m_timer.start(kFrameMs, this);
  } else {
    m_phase += kTurnsPerFrame;
  }
  update();
}

}  // namespace patchbay::ui
