#include "ui/panels/map_arrow.h"

#include <algorithm>

#include <QPainter>
#include <QPainterPath>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr qreal kBend = 6;
constexpr qreal kHead = 4;
constexpr qreal kBeside = 10;

QPainterPath arrowPath(qreal from, qreal to, qreal height) {
  const qreal middle = height / 2;
  QPainterPath path(QPointF(from, 0));
  const qreal side = to >= from ? 1 : -1;
  const qreal bend = std::min(kBend, std::abs(to - from) / 2);
  path.lineTo(from, middle - bend);
  path.quadTo(from, middle, from + side * bend, middle);
  path.lineTo(to - side * bend, middle);
  path.quadTo(to, middle, to, middle + bend);
  path.lineTo(to, height - 1);
  path.moveTo(to - kHead, height - 1 - kHead);
  path.lineTo(to, height - 1);
  path.lineTo(to + kHead, height - 1 - kHead);
  return path;
}

}  // namespace

MapArrow::MapArrow(QWidget* parent) : QWidget(parent) { setFixedHeight(30); }

void MapArrow::setEnds(int from, int to) {
  if (from == m_from && to == m_to) return;
  m_from = from;
  m_to = to;
  update();
}

void MapArrow::setWords(const QString& words) {
  m_words = words;
  setAccessibleName(words);
  update();
}

void MapArrow::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const qreal from = std::clamp(m_from < 0 ? 24 : m_from, 8, width() - 8);
  const qreal to = std::clamp(m_to < 0 ? width() - 24 : m_to, 8, width() - 8);
  painter.setPen(QPen(theme().accent, 1.5));
  painter.drawPath(arrowPath(from, to, height()));
  painter.setFont(uiFont(12));
  const qreal wide = painter.fontMetrics().horizontalAdvance(m_words) + 16;
  // On the line where that is long enough, else beside it: the head of the arrow stays in sight.
  const bool isLong = std::abs(to - from) > wide + 4 * kBend;
  const qreal right = std::max(from, to) + kBeside + wide / 2;
  const qreal beside = right + wide / 2 < width() ? right : std::min(from, to) - kBeside - wide / 2;
  const qreal centre = std::clamp(isLong ? (from + to) / 2 : beside, wide / 2 + 1, width() - wide / 2 - 1);
  const QRectF pill(centre - wide / 2, (height() - 18) / 2.0, wide, 18);
  painter.setBrush(theme().raised);
  painter.drawRoundedRect(pill, 9, 9);
  painter.setPen(theme().text);
  painter.drawText(pill, Qt::AlignCenter, m_words);
}

}  // namespace patchbay::ui
