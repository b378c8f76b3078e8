#include "ui/widgets/token_strip.h"

#include <QtCore/QEvent>
#include <QtGui/QHelpEvent>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/widgets/format.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_search.h"
#include "ui/widgets/token_strip_accessible.h"

namespace patchbay::ui {

namespace {

constexpr int kSpacing = 6;
constexpr int kEndWidth = 18;

}  // namespace

TokenStrip::TokenStrip(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  installTokenStripAccessibility();
  layoutChips();
  announce();
}

void TokenStrip::setChips(std::vector<TokenChip> chips) {
  m_chips = std::move(chips);
  m_marked.clear();
  m_hovered = -1;
  const int count = static_cast<int>(m_chips.size());
  if (m_selection && (m_selection->first >= count || m_selection->second >= count)) m_selection.reset();
  if (m_pinned && *m_pinned >= count) m_pinned.reset();
  layoutChips();
  announce();
  tellNewChips(*this);
}

void TokenStrip::setProbabilitiesShown(bool shown) {
  m_areProbabilitiesShown = shown;
  layoutChips();
}

void TokenStrip::layoutChips() {
  // Once one p is known every chip has room for its own; the first token has a dash.
  m_hasValues = m_areProbabilitiesShown &&
                std::any_of(m_chips.begin(), m_chips.end(), [](const TokenChip& c) { return !std::isnan(c.p); });
  const ChipRuler ruler(m_hasValues);
  m_left.assign(1, 0);
  for (const TokenChip& chip : m_chips) m_left.push_back(m_left.back() + ruler.width(chip) + kSpacing);
  m_offset = std::min(m_offset, maxOffset());
  updateGeometry();
  update();
}

int TokenStrip::contentWidth() const { return std::max(0, m_left.back() - kSpacing); }

int TokenStrip::maxOffset() const { return std::max(0, contentWidth() - width()); }

QSize TokenStrip::sizeHint() const { return {contentWidth(), rowHeight(kChipHeight)}; }

QSize TokenStrip::minimumSizeHint() const { return {80, rowHeight(kChipHeight)}; }

QRectF TokenStrip::chipRect(int token) const {
  if (token < 0 || token >= static_cast<int>(m_chips.size())) return {};
  const auto i = static_cast<std::size_t>(token);
  return {static_cast<qreal>(m_left[i] - m_offset), 0.0, static_cast<qreal>(m_left[i + 1] - m_left[i] - kSpacing),
          static_cast<qreal>(height())};
}

int TokenStrip::chipAt(const QPointF& position) const {
  const int x = static_cast<int>(position.x()) + m_offset;
  if (x < 0 || m_chips.empty() || x >= m_left.back() || position.y() < 0 || position.y() >= height()) return -1;
  const auto after = std::upper_bound(m_left.begin(), m_left.end(), x);
  const int token = static_cast<int>(after - m_left.begin()) - 1;
  return isWhole(token) ? token : -1;
}

bool TokenStrip::isWhole(int token) const {
  const QRectF area = chipRect(token);
  const qreal left = m_offset > 0 ? kEndWidth : 0;
  const qreal right = m_offset < maxOffset() ? width() - kEndWidth : width();
  return area.width() > width() - 2 * kEndWidth || (area.left() >= left && area.right() <= right);
}

void TokenStrip::setSelection(std::optional<std::pair<int, int>> range) {
  const int count = static_cast<int>(m_chips.size());
  if (range && (range->first < 0 || range->second >= count || range->first > range->second)) range.reset();
  if (selection() == range) return;
  m_selection = range;
  if (m_selection) scrollTo(m_selection->second);
  announce();
  update();
}

std::optional<std::pair<int, int>> TokenStrip::selection() const {
  if (!m_selection) return std::nullopt;
  return std::minmax(m_selection->first, m_selection->second);
}

QString TokenStrip::selectedIds() const {
  QStringList ids;
  if (const auto range = selection()) {
    for (int t = range->first; t <= range->second; ++t)
      ids << QString::number(m_chips[static_cast<std::size_t>(t)].token.id);
  }
  return ids.join(QLatin1Char(' '));
}

QString TokenStrip::selectedText() const {
  std::string text;
  if (const auto range = selection()) {
    for (int t = range->first; t <= range->second; ++t) text += m_chips[static_cast<std::size_t>(t)].token.text;
  }
  return QString::fromStdString(text);
}

void TokenStrip::setPinned(std::optional<int> token) {
  m_pinned = token;
  update();
}

void TokenStrip::setMarked(std::vector<int> tokens) {
  std::sort(tokens.begin(), tokens.end());
  m_marked = std::move(tokens);
  update();
}

void TokenStrip::scrollBy(int pixels) {
  const int offset = std::clamp(m_offset + pixels, 0, maxOffset());
  if (offset == m_offset) return;
  m_offset = offset;
  update();
}

void TokenStrip::scrollTo(int token) {
  const QRectF area = chipRect(token);
  if (area.isNull()) return;
  const int room = maxOffset() > 0 ? kEndWidth + kSpacing : 0;
  if (area.left() < room)
    scrollBy(static_cast<int>(area.left()) - room);
  else if (area.right() > width() - room)
    scrollBy(static_cast<int>(std::ceil(area.right())) - width() + room);
}

int TokenStrip::find(const QString& text, bool forward) {
  const std::vector<TokenHit> hits = findInTokens(m_chips, text);
  m_marked.clear();
  for (const TokenHit& hit : hits)
    for (int token = hit.first; token <= hit.second; ++token) m_marked.push_back(token);
  update();
  if (hits.empty()) return 0;
  const auto range = selection();
  setSelection(forward ? hitAfter(hits, range ? range->first : -1)
                       : hitBefore(hits, range ? range->first : static_cast<int>(m_chips.size())));
  emitSelection();
  return static_cast<int>(hits.size());
}

void TokenStrip::select(int token, bool extend) {
  if (m_chips.empty()) return;
  token = std::clamp(token, 0, static_cast<int>(m_chips.size()) - 1);
  const int anchor = extend && m_selection ? m_selection->first : token;
  const std::pair<int, int> wanted(anchor, token);
  if (m_selection == wanted) return;
  m_selection = wanted;
  scrollTo(token);
  announce();
  update();
  emitSelection();
}

void TokenStrip::press(int token) { select(token, false); }

void TokenStrip::emitSelection() {
  const auto range = selection();
  if (!range) return;
  if (range->first == range->second)
    Q_EMIT tokenClicked(range->first);
  else
    Q_EMIT rangeBrushed(range->first, range->second);
}

void TokenStrip::announce() {
  setAccessibleName(tr("tokens, %1").arg(m_chips.size()));
  if (!m_selection) {
    setAccessibleDescription(tr("none selected"));
  } else if (m_selection->first == m_selection->second) {
    setAccessibleDescription(describeChip(m_chips[static_cast<std::size_t>(m_selection->second)], m_selection->second));
  } else {
    setAccessibleDescription(
        tr("tokens %1 selected; %2")
            .arg(formatRange(selection()->first, selection()->second),
                 describeChip(m_chips[static_cast<std::size_t>(m_selection->second)], m_selection->second)));
  }
  if (m_selection) tellCurrentChip(*this, m_selection->second);
}

ChipFace TokenStrip::faceOf(int token) const {
  const auto range = selection();
  ChipFace face;
  face.isSelected = range && token >= range->first && token <= range->second;
  face.isAlone = face.isSelected && range->first == range->second;
  face.isPinned = m_pinned == token;
  face.isHovered = m_hovered == token;
  face.isMarked = std::binary_search(m_marked.begin(), m_marked.end(), token);
  face.hasValue = m_hasValues;
  return face;
}

/// Signs that there is more to the left or right.
void TokenStrip::paintEnds(QPainter& painter) const {
  const auto end = [&](bool isLeft) {
    const QRectF area(isLeft ? 0 : width() - kEndWidth, 0, kEndWidth, height());
    painter.fillRect(area, theme().panel);
    painter.save();
    painter.translate(area.center());
    if (isLeft) painter.rotate(180);
    paintIcon(painter, QStringLiteral("chevron-right"), QRectF(-6, -6, 12, 12), theme().muted);
    painter.restore();
  };
  if (m_offset > 0) end(true);
  if (m_offset < maxOffset()) end(false);
}

void TokenStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const auto seen = std::upper_bound(m_left.begin(), m_left.end(), m_offset);
  const int first = std::max(0, static_cast<int>(seen - m_left.begin()) - 1);
  for (int token = first; token < static_cast<int>(m_chips.size()) && chipRect(token).left() < width(); ++token) {
    if (!isWhole(token)) continue;
    painter.save();
    paintChip(painter, chipRect(token), m_chips[static_cast<std::size_t>(token)], faceOf(token));
    painter.restore();
  }
  paintEnds(painter);
  // The selected chip is the sign of focus; without one the row itself gets the ring.
  if (hasFocus() && !m_selection) {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme().accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
  }
}

bool TokenStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const int token = chipAt(help->pos()); token >= 0)
      QToolTip::showText(help->globalPos(), describeChip(m_chips[static_cast<std::size_t>(token)], token), this,
                         chipRect(token).toRect());
    else
      QToolTip::hideText();
    return true;
  }
  if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
  return QWidget::event(event);
}

void TokenStrip::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_offset = std::min(m_offset, maxOffset());
  if (m_selection) scrollTo(m_selection->second);
}

void TokenStrip::wheelEvent(QWheelEvent* event) {
  if (maxOffset() == 0) {
    event->ignore();
    return;
  }
  const QPoint delta = event->angleDelta();
  scrollBy(-(std::abs(delta.x()) > std::abs(delta.y()) ? delta.x() : delta.y()));
  event->accept();
}

void TokenStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const qreal x = event->position().x();
  if (m_offset > 0 && x < kEndWidth) return scrollBy(-width() + 2 * kEndWidth);
  if (m_offset < maxOffset() && x > width() - kEndWidth) return scrollBy(width() - 2 * kEndWidth);
  const int token = chipAt(event->position());
  if (token < 0) return;
  m_isBrushing = true;
  select(token, event->modifiers().testFlag(Qt::ShiftModifier));
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
  const int token = chipAt(event->position());
  if (m_isBrushing && m_carries) {
    if (!m_isCarrying && token == currentToken()) return;
    m_isCarrying = true;
    setCursor(Qt::ClosedHandCursor);
    Q_EMIT tokenCarried(currentToken(), event->globalPosition().toPoint());
    return;
  }
  if (m_isBrushing && token >= 0) select(token, true);
  if (token == m_hovered) return;
  setHovered(token);
  Q_EMIT tokenHovered(token, event->globalPosition().toPoint());
}

void TokenStrip::mouseReleaseEvent(QMouseEvent* event) {
  m_isBrushing = false;
  if (!std::exchange(m_isCarrying, false)) return;
  unsetCursor();
  Q_EMIT tokenDropped(currentToken(), event->globalPosition().toPoint());
}

void TokenStrip::setHovered(int token) {
  if (token == m_hovered) return;
  m_hovered = token;
  update();
}

void TokenStrip::leaveEvent(QEvent*) {
  setHovered(-1);
  Q_EMIT tokenHovered(-1, {});
}

void TokenStrip::contextMenuEvent(QContextMenuEvent* event) {
  if (event->reason() == QContextMenuEvent::Keyboard) {
    askMenuByKey();
  } else if (const int token = chipAt(event->pos()); token >= 0) {
    askMenu(token, event->globalPos());
  }
}

void TokenStrip::askMenu(int token, const QPoint& globalPosition) {
  const auto range = selection();
  if (!range || token < range->first || token > range->second) select(token, false);
  Q_EMIT tokenContextMenu(token, globalPosition);
}

void TokenStrip::askMenuByKey() {
  if (m_selection) askMenu(m_selection->second, mapToGlobal(chipRect(m_selection->second).bottomLeft().toPoint()));
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
  const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
  const int current = m_selection ? m_selection->second : -1;
  if (event->key() == Qt::Key_F10 && event->modifiers() == Qt::ShiftModifier) return askMenuByKey();
  switch (event->key()) {
    case Qt::Key_Left: select(current < 0 ? static_cast<int>(m_chips.size()) - 1 : current - 1, extend); return;
    case Qt::Key_Right: select(current + 1, extend); return;
    case Qt::Key_Home: select(0, extend); return;
    case Qt::Key_End: select(static_cast<int>(m_chips.size()) - 1, extend); return;
    default: QWidget::keyPressEvent(event);
  }
}

void TokenStrip::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) layoutChips();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
