#include "ui/widgets/spark_row.h"

#include <QtCore/QEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr qreal kSparkLeft = 102;
constexpr qreal kSparkWidth = 92;
constexpr qreal kValueWidth = 76;
constexpr qreal kSparkInset = 5;

}  // namespace

SparkRow::SparkRow(const QString& label, QWidget* parent) : QWidget(parent), m_label(label) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  announce();
}

void SparkRow::setCourse(std::vector<float> course, int current, const QString& value) {
  m_course = std::move(course);
  m_current = current;
  m_value = value;
  announce();
  update();
}

void SparkRow::setLabel(const QString& label) {
  m_label = label;
  announce();
  update();
}

void SparkRow::announce() {
  setAccessibleName(withoutMarks(m_label));
  setAccessibleDescription(m_value);
}

QSize SparkRow::sizeHint() const { return {276, rowHeight(24)}; }

QSize SparkRow::minimumSizeHint() const { return {200, rowHeight(24)}; }

QRectF SparkRow::sparkArea() const {
  const qreal right =
      std::min(width() - kValueWidth - 6, kSparkLeft + kSparkWidth + std::max(0.0, (width() - 276) / 2.0));
  return {kSparkLeft, kSparkInset, std::max<qreal>(24, right - kSparkLeft), height() - 2 * kSparkInset};
}

void SparkRow::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeTokens& t = theme();
  MarkedText{m_label, 12}.paint(painter, QRectF(0, 0, kSparkLeft - 6, height()), t.muted);
  drawTokenText(painter, QRectF(width() - kValueWidth, 0, kValueWidth, height()), m_value, dataFont(12), t.text,
                Qt::AlignRight);
  const auto [low, high] = std::minmax_element(m_course.begin(), m_course.end(), [](float a, float b) {
    return std::isnan(a) ? false : std::isnan(b) ? true : a < b;
  });
  if (m_course.size() < 2 || low == m_course.end()) return;
  float top = -INFINITY;
  for (const float value : m_course)
    if (!std::isnan(value)) top = std::max(top, value);
  const float bottom = *low;
  Q_UNUSED(high);
  if (std::isnan(bottom)) return;
  const QRectF area = sparkArea();
  const auto pointAt = [&](std::size_t i) {
    const qreal share = top > bottom ? (m_course[i] - bottom) / (top - bottom) : 0.5;
    return QPointF(area.left() + area.width() * static_cast<qreal>(i) / static_cast<qreal>(m_course.size() - 1),
                   area.bottom() - share * area.height());
  };
  QPainterPath line;
  bool isBroken = true;
  for (std::size_t i = 0; i < m_course.size(); ++i) {
    if (std::isnan(m_course[i])) {
      isBroken = true;
      continue;
    }
    if (isBroken)
      line.moveTo(pointAt(i));
    else
      line.lineTo(pointAt(i));
    isBroken = false;
  }
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(t.data, 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPath(line);
  const auto at = static_cast<std::size_t>(m_current);
  if (m_current < 0 || at >= m_course.size() || std::isnan(m_course[at])) return;
  painter.setPen(Qt::NoPen);
  painter.setBrush(t.accent);
  painter.drawEllipse(pointAt(at), 2.5, 2.5);
}

void SparkRow::mousePressEvent(QMouseEvent* event) {
  const QRectF area = sparkArea();
  if (m_course.size() < 2 || event->position().x() < area.left() - 3 || event->position().x() > area.right() + 3)
    return;
  const qreal share = std::clamp((event->position().x() - area.left()) / area.width(), 0.0, 1.0);
  Q_EMIT layerClicked(static_cast<int>(std::lround(share * static_cast<qreal>(m_course.size() - 1))));
}

void SparkRow::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    updateGeometry();
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
