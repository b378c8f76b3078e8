#include "ui/widgets/tag.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <cmath>

#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kHeight = 16;
constexpr int kInset = 5;
constexpr int kIcon = 11;
constexpr double kTextSize = 11;

struct TagLook {
  QColor ground, ink;
  QString icon;
};

TagLook lookOf(TagKind kind) {
  const ThemeTokens& t = theme();
  switch (kind) {
    case TagKind::NoControl:
    case TagKind::SpecialWarning: return {t.warningGround, t.warning, QStringLiteral("warning")};
    case TagKind::Failed: return {t.errorGround, t.error, QStringLiteral("error")};
    case TagKind::New: return {t.accentSoft, t.accent, {}};
    case TagKind::Changed:
    case TagKind::FitScale:
    case TagKind::Control:
    case TagKind::Neutral: return {t.hair, t.muted, {}};
  }
  return {t.hair, t.muted, {}};
}

QString wordsOf(TagKind kind, const QString& words) {
  if (!words.isEmpty()) return words;
  switch (kind) {
    case TagKind::NoControl: return Tag::tr("no control");
    case TagKind::Failed: return Tag::tr("failed");
    case TagKind::New: return Tag::tr("new");
    case TagKind::Changed: return Tag::tr("changed");
    case TagKind::FitScale: return Tag::tr("fit scale");
    case TagKind::Control: return Tag::tr("control");
    case TagKind::Neutral:
    case TagKind::SpecialWarning: return {};
  }
  return {};
}

int widthOf(const TagLook& look, const QString& words) {
  const qreal text = QFontMetricsF(uiFont(kTextSize)).horizontalAdvance(words);
  return 2 * kInset + (look.icon.isEmpty() ? 0 : kIcon + 4) + static_cast<int>(std::ceil(text));
}

}  // namespace

Tag::Tag(TagKind kind, QWidget* parent) : Tag(kind, {}, parent) {}

Tag::Tag(TagKind kind, const QString& words, QWidget* parent) : QWidget(parent), m_kind(kind), m_words(words) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setAccessibleName(text());
}

void Tag::setKind(TagKind kind, const QString& words) {
  m_kind = kind;
  m_words = words;
  setAccessibleName(text());
  updateGeometry();
  update();
}

QString Tag::text() const { return wordsOf(m_kind, m_words); }

QSize Tag::sizeHint() const { return {widthOf(lookOf(m_kind), text()), kHeight}; }

int Tag::paint(QPainter& painter, const QPointF& at, TagKind kind, const QString& given) {
  const TagLook look = lookOf(kind);
  const QString words = wordsOf(kind, given);
  const int width = widthOf(look, words);
  const QRectF area(at.x(), at.y() - kHeight / 2.0, width, kHeight);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(look.ground);
  painter.drawRoundedRect(area, 3, 3);
  qreal x = area.left() + kInset;
  if (!look.icon.isEmpty()) {
    paintIcon(painter, look.icon, QRectF(x, area.top() + 2.5, kIcon, kIcon), look.ink);
    x += kIcon + 4;
  }
  const QFont font = uiFont(kTextSize);
  painter.setFont(font);
  painter.setPen(look.ink);
  painter.drawText(QPointF(x, std::round(area.center().y() + QFontMetricsF(font).capHeight() / 2)), words);
  painter.restore();
  return width;
}

void Tag::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, QPointF(0, height() / 2.0), m_kind, m_words);
}

void Tag::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QWidget::changeEvent(event);
}

void paintWarningDot(QPainter& painter, const QPointF& centre) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme().warning);
  painter.drawEllipse(centre, 3.5, 3.5);
  painter.restore();
}

}  // namespace patchbay::ui
