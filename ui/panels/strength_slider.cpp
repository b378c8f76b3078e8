#include "ui/panels/strength_slider.h"

#include <algorithm>
#include <cmath>

#include <QMouseEvent>
#include <QPainter>

#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kEnd = 24;       // half steps: strength 12
constexpr qreal kInset = 16;   // room for the handle and the end labels
constexpr qreal kGroove = 12;  // middle of the groove from the top
constexpr qreal kRadius = 7.5;

}  // namespace

StrengthSlider::StrengthSlider(QWidget* parent) : QSlider(Qt::Horizontal, parent) {
  setRange(-kEnd, kEnd);
  setSingleStep(1);
  setPageStep(4);
  setFocusPolicy(Qt::StrongFocus);
  setFixedHeight(40);
}

void StrengthSlider::setStrength(double strength) { setValue(static_cast<int>(std::lround(strength * 2))); }

qreal StrengthSlider::xOf(double value) const {
  return kInset + (value - minimum()) / (maximum() - minimum()) * (width() - 2 * kInset);
}

void StrengthSlider::moveTo(qreal x) {
  const double share = (x - kInset) / std::max<qreal>(1, width() - 2 * kInset);
  setValue(static_cast<int>(std::lround(minimum() + share * (maximum() - minimum()))));
}

void StrengthSlider::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  setSliderDown(true);
  moveTo(event->position().x());
}

void StrengthSlider::mouseMoveEvent(QMouseEvent* event) {
  if (isSliderDown()) moveTo(event->position().x());
}

void StrengthSlider::mouseReleaseEvent(QMouseEvent*) { setSliderDown(false); }

void StrengthSlider::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const qreal zero = xOf(0);
  const qreal handle = xOf(value());
  painter.setBrush(theme().border);
  painter.drawRoundedRect(QRectF(kInset, kGroove - 2, width() - 2 * kInset, 4), 2, 2);
  painter.setBrush(isEnabled() ? theme().accent : theme().faint);
  painter.drawRect(QRectF(std::min(zero, handle), kGroove - 2, std::abs(handle - zero), 4));
  painter.setBrush(theme().muted);
  painter.drawRect(QRectF(zero - 0.5, kGroove - 6, 1, 12));
  painter.setBrush(theme().raised);
  painter.setPen(QPen(isEnabled() ? theme().accent : theme().faint, hasFocus() ? 3 : 2));
  painter.drawEllipse(QPointF(handle, kGroove), kRadius, kRadius);
  for (int label = minimum(); label <= maximum(); label += 8) {
    const bool isCurrent = label == value();
    painter.setFont(dataFont(10.5, isCurrent ? 700 : 400));
    painter.setPen(isCurrent ? theme().accent : theme().muted);
    painter.drawText(QRectF(xOf(label) - 24, kGroove + 11, 48, 14), Qt::AlignCenter, formatSigned(label / 2.0, 0));
  }
}

}  // namespace patchbay::ui
