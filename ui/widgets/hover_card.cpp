#include "ui/widgets/hover_card.h"

#include <QtCore/QTimerEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

#include "ui/widgets/probability_bars.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kWidth = 206;
constexpr int kTextWidth = 280;
constexpr int kTextGap = 4;
constexpr int kWrapped = Qt::AlignLeft | Qt::AlignTop | Qt::TextWrapAnywhere;
constexpr int kInset = 11;
constexpr int kRow = 17;
constexpr int kDistance = 12;
constexpr int kDelayMs = 120;
constexpr std::size_t kMost = 5;

}  // namespace

HoverCard::HoverCard(QWidget* owner) : QWidget(owner->window()), m_owner(owner) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setObjectName(QStringLiteral("hoverCard"));
  setFocusPolicy(Qt::NoFocus);
  connect(owner, &QObject::destroyed, this, &QObject::deleteLater);
  owner->installEventFilter(this);
  hide();
}

void HoverCard::showFor(const HoverContent& content, const QPoint& globalPointer, const QRect& avoid) {
  if (!m_isAllowed) return;
  m_content = content;
  m_pointer = globalPointer;
  m_avoid = avoid;
  setAccessibleName(withoutMarks(content.address));
  if (isVisible())
    place();
  else if (!m_delay.isActive())
    m_delay.start(kDelayMs, this);
}

void HoverCard::dismiss() {
  m_delay.stop();
  hide();
}

bool HoverCard::eventFilter(QObject* watched, QEvent* event) {
  // Another tab came to the front: the pointer leaves nothing then.
  if (event->type() == QEvent::Hide) dismiss();
  return QWidget::eventFilter(watched, event);
}

void HoverCard::setAllowed(bool allowed) {
  m_isAllowed = allowed;
  if (!allowed) dismiss();
}

QSize HoverCard::sizeHint() const {
  const auto rows =
      static_cast<int>(std::min(kMost, m_content.words.size()) + static_cast<std::size_t>(m_content.facts.size()));
  return {wantedWidth(), 8 + 16 + rows * kRow + textHeight() + 8};
}

int HoverCard::wantedWidth() const { return m_content.text.isEmpty() ? kWidth : kTextWidth; }

int HoverCard::textHeight() const {
  if (m_content.text.isEmpty()) return 0;
  const QRectF room(0, 0, wantedWidth() - 2 * kInset, 10'000);
  return kTextGap + static_cast<int>(
                        std::ceil(QFontMetricsF(dataFont(11.5)).boundingRect(room, kWrapped, m_content.text).height()));
}

void HoverCard::timerEvent(QTimerEvent* event) {
  if (event->timerId() != m_delay.timerId()) return;
  m_delay.stop();
  place();
}

void HoverCard::place() {
  QWidget* window = m_owner->window();
  if (parentWidget() != window) setParent(window);
  const QSize size = sizeHint();
  const QPoint pointer = window->mapFromGlobal(m_pointer);
  const QRect avoid(window->mapFromGlobal(m_avoid.topLeft()), m_avoid.size());
  QPoint at = pointer + QPoint(kDistance, kDistance);
  if (at.x() + size.width() > window->width() - 4) at.setX(pointer.x() - kDistance - size.width());
  at.setY(std::max(at.y(), avoid.bottom() + kDistance / 2));
  if (at.y() + size.height() > window->height() - 4)
    at.setY(std::min(pointer.y() - kDistance, avoid.top() - kDistance / 2) - size.height());
  setGeometry(QRect(QPoint(std::max(4, at.x()), std::max(4, at.y())), size));
  show();
  raise();
  update();
}

void HoverCard::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const ThemeTokens& t = theme();
  painter.setPen(QPen(t.faint, 1));
  painter.setBrush(t.raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
  const QRectF inner = QRectF(rect()).adjusted(kInset, 8, -kInset, -8);
  const QRectF head(inner.left(), inner.top(), inner.width(), 16);
  const qreal runWidth = m_content.run.isEmpty() ? 0 : QFontMetricsF(dataFont(11)).horizontalAdvance(m_content.run) + 6;
  drawTokenText(painter, head.adjusted(0, 0, -runWidth, 0), m_content.address, dataFont(12, 700), t.text);
  drawTokenText(painter, head, m_content.run, dataFont(11), t.muted, Qt::AlignRight);
  ProbabilityBars::Columns columns;
  columns.token = 66;
  columns.value = 30;
  columns.gap = 6;
  columns.barHeight = 7;
  columns.fontSize = 11.5;
  QRectF row(inner.left(), head.bottom(), inner.width(), kRow);
  for (std::size_t i = 0; i < std::min(kMost, m_content.words.size()); ++i, row.translate(0, kRow))
    ProbabilityBars::paintRow(painter, row, m_content.words[i], i == 0, columns);
  for (const QString& fact : m_content.facts) {
    MarkedText{fact, 11.5}.paint(painter, row, t.muted);
    row.translate(0, kRow);
  }
  if (m_content.text.isEmpty()) return;
  painter.setFont(dataFont(11.5));
  painter.setPen(t.text);
  painter.drawText(QRectF(inner.left(), row.top() + kTextGap, inner.width(), inner.bottom() - row.top()), kWrapped,
                   m_content.text);
}

}  // namespace patchbay::ui
