#include "ui/plots/bar_plot.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

#include "ui/plots/plot_accessible.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kHead = 40;
constexpr int kRow = 26;
constexpr int kFoot = 18;
constexpr int kLabelWidth = 96;
constexpr int kValueWidth = 36;
constexpr int kChangeWidth = 44;
constexpr int kBar = 8;
constexpr int kBarGap = 4;

struct Columns {
  QRectF label, bars, value, change;
};

Columns columnsOf(const QRectF& row) {
  Columns c;
  c.label = QRectF(row.left(), row.top(), kLabelWidth, row.height());
  c.change = QRectF(row.right() - kChangeWidth, row.top(), kChangeWidth, row.height());
  c.value = QRectF(c.change.left() - kValueWidth - 4, row.top(), kValueWidth, row.height());
  c.bars = QRectF(c.label.right() + 10, row.top(), std::max(20.0, c.value.left() - c.label.right() - 20), row.height());
  return c;
}

void paintBar(QPainter& painter, const QRectF& track, double share, const QColor& colour, const ThemeTokens& t) {
  QPainterPath ground;
  ground.addRoundedRect(track, 2, 2);
  painter.fillPath(ground, t.hair);
  if (share <= 0) return;
  const qreal width = std::max(2.0, std::clamp(share, 0.0, 1.0) * track.width());
  QPainterPath filled;
  filled.addRoundedRect(QRectF(track.left(), track.top(), width, track.height()), std::min(2.0, width / 2), 2);
  painter.fillPath(filled, colour);
}

void paintPair(QPainter& painter, const QRectF& row, const BarPair& pair, const ThemeTokens& t) {
  const Columns c = columnsOf(row);
  drawTokenText(painter, c.label, pair.label, dataFont(12), t.text);
  const qreal top = std::round(row.center().y() - kBar - kBarGap / 2.0);
  const QRectF before(c.bars.left(), top, c.bars.width(), kBar);
  const QRectF after = before.translated(0, kBar + kBarGap);
  painter.setRenderHint(QPainter::Antialiasing);
  paintBar(painter, before, pair.before, t.data2, t);
  paintBar(painter, after, pair.after, t.data, t);
  const auto beside = [&](const QRectF& bar) {
    return QRectF(c.value.left(), bar.center().y() - 7, c.value.width(), 14);
  };
  drawTokenText(painter, beside(before), formatProbability(pair.before), dataFont(10.5), t.muted, Qt::AlignRight);
  drawTokenText(painter, beside(after), formatProbability(pair.after), dataFont(10.5), t.text, Qt::AlignRight);
  drawTokenText(painter, c.change, formatSigned(pair.after - pair.before, 2), dataFont(12, 700), t.text,
                Qt::AlignRight);
}

/// Key of the two bars, in words beside their colours.
void paintKey(QPainter& painter, const QRectF& line, const BarPlotData& data, const ThemeTokens& t) {
  qreal x = columnsOf(line).bars.left();
  const auto entry = [&](const QString& name, const QColor& colour) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRoundedRect(QRectF(x, std::round(line.center().y() - 3), 12, 6), 2, 2);
    const MarkedText words{name, 11};
    words.paint(painter, QRectF(x + 17, line.top(), words.width() + 1, line.height()), t.muted);
    x += 17 + words.width() + 14;
  };
  painter.setRenderHint(QPainter::Antialiasing);
  entry(data.beforeName, t.data2);
  entry(data.afterName, t.data);
  MarkedText change{BarPlot::tr("change"), 11};
  const QRectF area = columnsOf(line).change;
  change.paint(painter, QRectF(area.right() - change.width(), line.top(), change.width() + 1, line.height()), t.muted);
}

}  // namespace

BarPlot::BarPlot(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  setAccessibleName(tr("empty plot"));
  installPlotAccessibility();
}

void BarPlot::setData(BarPlotData data) {
  m_data = std::move(data);
  setAccessibleName(withoutMarks(m_data.title));
  QStringList parts;
  for (const BarPair& pair : m_data.pairs)
    parts << tr("%1 from %2 to %3").arg(pair.label, formatProbability(pair.before), formatProbability(pair.after));
  const auto byAfter = [](const BarPair& a, const BarPair& b) { return a.after < b.after; };
  if (const auto [least, most] = std::minmax_element(m_data.pairs.begin(), m_data.pairs.end(), byAfter);
      most != m_data.pairs.end()) {
    parts << tr("least %1 for %2").arg(formatProbability(least->after), least->label)
          << tr("most %1 for %2").arg(formatProbability(most->after), most->label);
  }
  setAccessibleDescription(parts.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

QSize BarPlot::sizeHint() const { return {460, kHead + kRow * static_cast<int>(m_data.pairs.size()) + kFoot}; }

QSize BarPlot::minimumSizeHint() const { return {320, sizeHint().height()}; }

void BarPlot::paintAll(QPainter& painter, const ThemeTokens& t) const {
  painter.fillRect(rect(), t.raised);
  MarkedText{m_data.title, 12, 600}.paint(painter, QRectF(0, 0, width(), 20), t.text);
  paintKey(painter, QRectF(0, 21, width(), 16), m_data, t);
  QRectF row(0, kHead, width(), kRow);
  for (const BarPair& pair : m_data.pairs) {
    paintPair(painter, row, pair, t);
    row.translate(0, kRow);
  }
  const QRectF bars = columnsOf(row).bars;
  drawTokenText(painter, QRectF(bars.left(), row.top() - 1, 20, 14), QStringLiteral("0"), dataFont(10.5), t.muted);
  drawTokenText(painter, QRectF(bars.right() - 20, row.top() - 1, 20, 14), QStringLiteral("1"), dataFont(10.5), t.muted,
                Qt::AlignRight);
}

Figure BarPlot::figure(bool printTheme) const {
  QPicture drawing;
  QPainter painter(&drawing);
  paintAll(painter, printTheme ? tokensOf(ThemeKind::Light) : theme());
  painter.end();
  return {drawing, size()};
}

void BarPlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintAll(painter, theme());
}

void BarPlot::mousePressEvent(QMouseEvent* event) {
  const int index = static_cast<int>((event->position().y() - kHead) / kRow);
  if (event->button() == Qt::LeftButton && event->position().y() >= kHead &&
      index < static_cast<int>(m_data.pairs.size()))
    Q_EMIT pairClicked(index);
}

void BarPlot::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
