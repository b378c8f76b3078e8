#include "ui/shell/memory_gauge.h"

#include <algorithm>
#include <chrono>

#include <QFontMetrics>
#include <QPainter>

#include "ui/bridge/engine_client.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kBarWidth = 56;
constexpr int kBarHeight = 6;
constexpr int kGap = 8;
constexpr double kGigabyte = 1e9;
constexpr std::chrono::seconds kInterval{2};

QString numbers(double used, double total) {
  return QStringLiteral("%1 / %2 GB").arg(used / kGigabyte, 0, 'f', 1).arg(total / kGigabyte, 0, 'f', 0);
}

}  // namespace

MemoryGauge::MemoryGauge(QWidget* parent) : QAbstractButton(parent) {
  setObjectName(QStringLiteral("memoryGauge"));
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  m_timer.setInterval(kInterval);
  connect(&m_timer, &QTimer::timeout, this, &MemoryGauge::refresh);
}

void MemoryGauge::showEvent(QShowEvent*) {
  refresh();
  m_timer.start();
}

void MemoryGauge::refresh() {
  const MemoryFact fact = EngineClient::memory();
  m_used = static_cast<double>(fact.residentBytes);
  m_total = static_cast<double>(fact.totalBytes);
  setToolTip(tr("This program uses %1 GB; %2 GB of this machine are free. Click to see what holds it.")
                 .arg(m_used / kGigabyte, 0, 'f', 1)
                 .arg(static_cast<double>(fact.availableBytes) / kGigabyte, 0, 'f', 1));
  setAccessibleName(tr("Memory %1").arg(numbers(m_used, m_total)));
  update();
}

QSize MemoryGauge::sizeHint() const {
  const int label = QFontMetrics(uiFont(12)).horizontalAdvance(tr("Mem"));
  const int value = QFontMetrics(dataFont(12)).horizontalAdvance(QStringLiteral("00.0 / 000 GB"));
  return {label + value + kBarWidth + 2 * kGap, 24};
}

void MemoryGauge::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (hasFocus()) {
    painter.setPen(QPen(theme().accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
  }
  painter.setFont(dataFont(12));
  painter.setPen(theme().muted);
  const QString value = numbers(m_used, m_total);
  painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter, value);
  const qreal right = width() - painter.fontMetrics().horizontalAdvance(value) - kGap;
  const QRectF bar(right - kBarWidth, (height() - kBarHeight) / 2.0, kBarWidth, kBarHeight);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme().pressed);
  painter.drawRoundedRect(bar, 3, 3);
  const double share = m_total > 0 ? std::clamp(m_used / m_total, 0.0, 1.0) : 0;
  painter.setBrush(theme().data);
  painter.drawRoundedRect(QRectF(bar.topLeft(), QSizeF(std::max(2.0, bar.width() * share), bar.height())), 1, 1);
  painter.setFont(uiFont(12));
  painter.setPen(theme().muted);
  painter.drawText(QRectF(0, 0, bar.left() - kGap, height()), Qt::AlignRight | Qt::AlignVCenter, tr("Mem"));
}

}  // namespace patchbay::ui
