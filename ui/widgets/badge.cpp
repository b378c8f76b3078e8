#include "ui/widgets/badge.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>

#include <cmath>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr double kTextSize = 12;
constexpr int kTextLeft = 17;

}  // namespace

void paintOrigin(QPainter& painter, const QPointF& centre, Origin origin, const QColor& ink, qreal diameter) {
  constexpr qreal kStroke = 1.5;
  const qreal radius = (diameter - kStroke) / 2;
  const QRectF circle(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(ink, kStroke));
  painter.setBrush(origin == Origin::Measured ? QBrush(ink) : QBrush(Qt::NoBrush));
  painter.drawEllipse(circle);
  if (origin == Origin::Approximate) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawPie(circle, 90 * 16, 180 * 16);
  }
  painter.restore();
}

Badge::Badge(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  setAccessibleName(text());
}

void Badge::setOrigin(Origin origin, const QString& facts) {
  m_origin = origin;
  m_facts = facts;
  setAccessibleName(withoutMarks(text()));
  setToolTip(withoutMarks(text()));
  updateGeometry();
  update();
}

QString Badge::text() const {
  const QString name = m_origin == Origin::Measured      ? tr("measured now")
                       : m_origin == Origin::Approximate ? tr("approximate")
                                                         : tr("recorded");
  return m_facts.isEmpty() ? name : name + QStringLiteral(" · ") + m_facts;
}

QSize Badge::sizeHint() const {
  return {kTextLeft + static_cast<int>(std::ceil(MarkedText{text(), kTextSize}.width())) + 1, 18};
}

QSize Badge::minimumSizeHint() const { return {kTextLeft + 24, 18}; }

void Badge::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeTokens& t = theme();
  paintOrigin(painter, QPointF(6, height() / 2.0), m_origin, t.muted);
  MarkedText{text(), kTextSize}.paint(painter, QRectF(rect()).adjusted(kTextLeft, 0, 0, 0), t.muted);
}

void Badge::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
