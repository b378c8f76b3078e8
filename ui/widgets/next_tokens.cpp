#include "ui/widgets/next_tokens.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>

#include <cmath>

#include "ui/widgets/format.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr qreal kFirstLeft = 26;
constexpr qreal kGap = 17;
constexpr int kHeight = 26;
constexpr double kTextSize = 12;
constexpr std::size_t kMost = 8;

QString wordsOf(const RankedToken& ranked) {
  return elideMiddle(displayToken(ranked.token), 16) + QLatin1Char(' ') + formatProbability(ranked.p);
}

}  // namespace

NextTokens::NextTokens(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  setAccessibleName(tr("next token"));
}

void NextTokens::setTokens(std::vector<RankedToken> tokens) {
  m_tokens = std::move(tokens);
  QStringList parts;
  for (const RankedToken& ranked : m_tokens) parts << wordsOf(ranked);
  setAccessibleDescription(parts.join(QStringLiteral(", ")));
  setToolTip(parts.mid(0, static_cast<qsizetype>(kMost)).join(QLatin1Char('\n')));
  updateGeometry();
  update();
}

std::vector<QRectF> NextTokens::places() const {
  std::vector<QRectF> places;
  const QFontMetricsF bold(dataFont(kTextSize, 700));
  const QFontMetricsF plain(dataFont(kTextSize));
  qreal x = kFirstLeft;
  for (std::size_t i = 0; i < m_tokens.size() && i < kMost; ++i) {
    // Every sign of the data face has the width of "n", also those that are drawn.
    const qreal width =
        std::ceil((i == 0 ? bold : plain).horizontalAdvance(QLatin1Char('n')) * wordsOf(m_tokens[i]).size());
    places.emplace_back(x, 0, width, height());
    x += width + kGap;
  }
  return places;
}

QSize NextTokens::sizeHint() const {
  const std::vector<QRectF> all = places();
  const std::size_t shown = std::min<std::size_t>(4, all.size());
  return {shown == 0 ? 0 : static_cast<int>(all[shown - 1].right()) + 2, kHeight};
}

QSize NextTokens::minimumSizeHint() const {
  const std::vector<QRectF> all = places();
  return {all.empty() ? 0 : static_cast<int>(all.front().right()) + 2, kHeight};
}

void NextTokens::paintEvent(QPaintEvent*) {
  if (m_tokens.empty()) return;
  QPainter painter(this);
  const ThemeTokens& t = theme();
  paintIcon(painter, QStringLiteral("chevron-right"), QRectF(2, (height() - 14) / 2.0, 14, 14), t.muted);
  const std::vector<QRectF> all = places();
  for (std::size_t i = 0; i < all.size() && all[i].right() <= width() + 1; ++i)
    drawTokenText(painter, all[i].adjusted(0, 0, 2, 0), wordsOf(m_tokens[i]), dataFont(kTextSize, i == 0 ? 700 : 400),
                  i == 0 ? t.text : t.muted);
}

void NextTokens::mousePressEvent(QMouseEvent* event) {
  const std::vector<QRectF> all = places();
  for (std::size_t i = 0; i < all.size() && all[i].right() <= width() + 1; ++i)
    if (all[i].contains(event->position())) Q_EMIT tokenClicked(m_tokens[i]);
}

void NextTokens::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
