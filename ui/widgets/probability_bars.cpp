#include "ui/widgets/probability_bars.h"

#include <QtCore/QEvent>
#include <QtGui/QHelpEvent>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <cmath>

#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kScaleHeight = 18;
constexpr qreal kRadius = 2;

void paintBar(QPainter& painter, const QRectF& track, double share, const QColor& colour) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QPainterPath outline;
  outline.addRoundedRect(track, kRadius, kRadius);
  painter.fillPath(outline, theme().hair);
  if (share > 0) {
    QPainterPath filled;
    const qreal width = std::max(2.0, std::clamp(share, 0.0, 1.0) * track.width());
    filled.addRoundedRect(QRectF(track.left(), track.top(), width, track.height()), std::min(kRadius, width / 2),
                          kRadius);
    painter.fillPath(filled, colour);
  }
  painter.restore();
}

QRectF barArea(const QRectF& row, const ProbabilityBars::Columns& c) {
  const qreal left = row.left() + c.token + c.gap;
  const qreal right = row.right() - c.value - c.gap;
  const qreal top = std::round(row.center().y() - c.barHeight / 2);
  return {left, top, std::max<qreal>(8, right - left), c.barHeight};
}

}  // namespace

ProbabilityBars::ProbabilityBars(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::TabFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("likeliest tokens"));
}

void ProbabilityBars::setTokens(std::vector<RankedToken> tokens) {
  m_tokens = std::move(tokens);
  m_hovered = -1;
  m_current = 0;
  announce();
  updateGeometry();
  update();
}

void ProbabilityBars::setScaleShown(bool shown) {
  m_isScaleShown = shown;
  updateGeometry();
  update();
}

void ProbabilityBars::announce() {
  QStringList parts;
  for (const RankedToken& ranked : m_tokens)
    parts << displayToken(ranked.token) + QLatin1Char(' ') + formatProbability(ranked.p);
  setAccessibleDescription(parts.join(QStringLiteral(", ")));
}

QSize ProbabilityBars::sizeHint() const {
  return {276, static_cast<int>(m_tokens.size()) * rowHeight(24) + (m_isScaleShown ? kScaleHeight : 0)};
}

QSize ProbabilityBars::minimumSizeHint() const { return {160, sizeHint().height()}; }

void ProbabilityBars::paintRow(QPainter& painter, const QRectF& row, const RankedToken& token, bool isFirst,
                               const Columns& c) {
  const ThemeTokens& t = theme();
  const QFont plain = dataFont(c.fontSize);
  drawTokenText(painter, QRectF(row.left(), row.top(), c.token, row.height()), displayToken(token.token),
                isFirst ? dataFont(c.fontSize, 700) : plain, t.text);
  paintBar(painter, barArea(row, c), token.p, isFirst ? t.data : t.data2);
  drawTokenText(painter, QRectF(row.right() - c.value, row.top(), c.value, row.height()), formatProbability(token.p),
                plain, t.text, Qt::AlignRight);
}

void ProbabilityBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeTokens& t = theme();
  const int rowPixels = rowHeight(24);
  const Columns columns;
  for (std::size_t i = 0; i < m_tokens.size(); ++i) {
    const QRectF row(0, static_cast<int>(i) * rowPixels, width(), rowPixels);
    if (static_cast<int>(i) == m_hovered) painter.fillRect(row, t.hover);
    paintRow(painter, row, m_tokens[i], i == 0, columns);
    if (hasFocus() && static_cast<int>(i) == m_current) {
      painter.setPen(QPen(t.accent, 2));
      painter.setBrush(Qt::NoBrush);
      painter.drawRect(row.adjusted(1, 1, -1, -1));
    }
  }
  if (!m_isScaleShown || m_tokens.empty()) return;
  const QRectF foot(0, static_cast<int>(m_tokens.size()) * rowPixels - 2, width(), kScaleHeight);
  const QRectF bar = barArea(foot, columns);
  drawTokenText(painter, QRectF(bar.left(), foot.top(), 20, foot.height()), QStringLiteral("0"), dataFont(10.5),
                t.muted);
  drawTokenText(painter, QRectF(bar.right() - 20, foot.top(), 20, foot.height()), QStringLiteral("1"), dataFont(10.5),
                t.muted, Qt::AlignRight);
}

int ProbabilityBars::rowAt(const QPointF& position) const {
  const int row = static_cast<int>(position.y()) / rowHeight(24);
  return position.y() >= 0 && row < static_cast<int>(m_tokens.size()) ? row : -1;
}

void ProbabilityBars::mousePressEvent(QMouseEvent* event) {
  const int row = rowAt(event->position());
  if (event->button() != Qt::LeftButton || row < 0) return;
  m_current = row;
  update();
  Q_EMIT tokenClicked(m_tokens[static_cast<std::size_t>(row)]);
}

void ProbabilityBars::mouseMoveEvent(QMouseEvent* event) {
  if (const int row = rowAt(event->position()); row != m_hovered) {
    m_hovered = row;
    update();
  }
}

void ProbabilityBars::leaveEvent(QEvent*) {
  m_hovered = -1;
  update();
}

void ProbabilityBars::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(m_tokens.size()) - 1;
  switch (event->key()) {
    case Qt::Key_Up: m_current = std::max(0, m_current - 1); break;
    case Qt::Key_Down: m_current = std::min(last, m_current + 1); break;
    case Qt::Key_Return:
    case Qt::Key_Space:
      if (last >= 0) Q_EMIT tokenClicked(m_tokens[static_cast<std::size_t>(m_current)]);
      break;
    default: QWidget::keyPressEvent(event); return;
  }
  update();
}

bool ProbabilityBars::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const int row = rowAt(help->pos()); row >= 0) {
      const RankedToken& ranked = m_tokens[static_cast<std::size_t>(row)];
      QToolTip::showText(help->globalPos(),
                         tr("%1 · id %2 · p %3 · logit %4")
                             .arg(displayToken(ranked.token))
                             .arg(ranked.token.id)
                             .arg(formatCompact(ranked.p), formatNumber(ranked.logit, 2)),
                         this);
      return true;
    }
  }
  if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
  return QWidget::event(event);
}

void ProbabilityBars::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    updateGeometry();
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
