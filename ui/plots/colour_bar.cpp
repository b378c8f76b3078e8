#include "ui/plots/colour_bar.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <cmath>

#include "ui/widgets/format.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kBarWidth = 96;
constexpr int kBarHeight = 10;
constexpr int kGap = 6;
constexpr double kEndSize = 10.5;
constexpr double kNameSize = 12;

int dataWidth(const QString& text) {
  return static_cast<int>(std::ceil(QFontMetricsF(dataFont(kEndSize)).horizontalAdvance(text)));
}

}  // namespace

ColourBar::ColourBar(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setScale({});
}

void ColourBar::setScale(const MapScale& scale) {
  m_scale = scale;
  setAccessibleName(tr("%1 from %2 to %3").arg(withoutMarks(name()), end(scale.min), end(scale.max)));
  updateGeometry();
  update();
}

QString ColourBar::end(double value) const {
  return m_scale.isDiverging() && m_scale.min < 0 && value > 0 ? QLatin1Char('+') + formatCompact(value)
                                                               : formatCompact(value);
}

QString ColourBar::name() const {
  return m_scale.unit.isEmpty() ? m_scale.metric : m_scale.metric + QStringLiteral(", ") + m_scale.unit;
}

QSize ColourBar::sizeHint() const {
  const int words = static_cast<int>(std::ceil(MarkedText{name(), kNameSize}.width()));
  const int tag = m_scale.isFitted ? Tag(TagKind::FitScale).sizeHint().width() + kGap : 0;
  return {
      tag + words + kGap + 2 + dataWidth(end(m_scale.min)) + kGap + kBarWidth + kGap + dataWidth(end(m_scale.max)) + 2,
      20};
}

void ColourBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeTokens& t = theme();
  qreal x = 0;
  if (m_scale.isFitted) x += Tag::paint(painter, QPointF(0, height() / 2.0), TagKind::FitScale) + kGap;
  const MarkedText words{name(), kNameSize};
  const qreal nameWidth = std::ceil(words.width());
  words.paint(painter, QRectF(x, 0, nameWidth + 1, height()), t.muted);
  x += nameWidth + kGap + 2;
  // A reversed scale has its best end, the smaller number, on the bright side.
  const QString low = end(m_scale.isReversed ? m_scale.max : m_scale.min);
  const QString high = end(m_scale.isReversed ? m_scale.min : m_scale.max);
  drawTokenText(painter, QRectF(x, 0, dataWidth(low) + 1, height()), low, dataFont(kEndSize), t.text);
  x += dataWidth(low) + kGap;
  const QRectF bar(x, std::round((height() - kBarHeight) / 2.0), kBarWidth, kBarHeight);
  const ColourMap map(m_scale.map, t.kind);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QPainterPath outline;
  outline.addRoundedRect(bar, 2, 2);
  QLinearGradient ramp(bar.left(), 0, bar.right(), 0);
  const std::span<const QRgb> stops = map.stops();
  for (std::size_t i = 0; i < stops.size(); ++i)
    ramp.setColorAt(static_cast<double>(i) / static_cast<double>(stops.size() - 1), QColor::fromRgba(stops[i]));
  painter.fillPath(outline, ramp);
  painter.restore();
  if (m_scale.isDiverging())
    painter.fillRect(QRectF(bar.left() + kBarWidth / 2.0 - 0.5, bar.top() - 2, 1, kBarHeight + 4), t.text);
  x += kBarWidth + kGap;
  drawTokenText(painter, QRectF(x, 0, dataWidth(high) + 1, height()), high, dataFont(kEndSize), t.text);
}

void ColourBar::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    updateGeometry();
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
