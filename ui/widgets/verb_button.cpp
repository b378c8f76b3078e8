#include "ui/widgets/verb_button.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <cmath>

#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kInset = 8;
constexpr int kIcon = 16;
constexpr int kCapHeight = 16;

/// The data face has no sign for Shift; the interface face has.
QFont capFont() {
  QFont font = dataFont(10.5);
  font.setFamilies({font.family(), uiFont().family()});
  return font;
}

int capWidth(const QString& key) {
  return std::max(16, static_cast<int>(std::ceil(QFontMetricsF(capFont()).horizontalAdvance(key))) + 8);
}

}  // namespace

int paintKeyCap(QPainter& painter, const QPointF& at, const QString& key, const QColor& ink) {
  const int width = capWidth(key);
  const QRectF cap(at.x() - width + 0.5, std::round(at.y() - kCapHeight / 2.0) + 0.5, width - 1.0, kCapHeight - 1.0);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(theme().border, 1));
  painter.setBrush(theme().panel);
  painter.drawRoundedRect(cap, 3, 3);
  painter.setFont(capFont());
  painter.setPen(ink);
  painter.drawText(cap, Qt::AlignCenter, key);
  painter.restore();
  return width;
}

VerbButton::VerbButton(const QString& words, const QString& icon, const QString& key, QWidget* parent)
    : QAbstractButton(parent), m_icon(icon), m_key(QString(key).replace(QLatin1String("Shift+"), QStringLiteral("⇧"))) {
  setText(words);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(words);
  setAccessibleDescription(key.isEmpty() ? QString() : tr("key %1").arg(key));
}

QSize VerbButton::sizeHint() const {
  const qreal words = QFontMetricsF(uiFont(12.5)).horizontalAdvance(text());
  return {2 * kInset + kIcon + 6 + static_cast<int>(std::ceil(words)) + (m_key.isEmpty() ? 0 : 6 + capWidth(m_key)),
          rowHeight(28)};
}

void VerbButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const ThemeTokens& t = theme();
  const bool isLive = isEnabled();
  painter.setPen(QPen(t.border, 1));
  painter.setBrush(!isLive        ? t.panel
                   : isDown()     ? t.pressed
                   : isChecked()  ? t.selection
                   : underMouse() ? t.hover
                                  : t.raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  const QColor ink = isLive ? t.text : t.faint;
  paintIcon(painter, m_icon, QRectF(kInset, std::round((height() - kIcon) / 2.0), kIcon, kIcon), ink);
  const QFont font = uiFont(12.5);
  const QFontMetricsF metrics(font);
  const qreal left = kInset + kIcon + 6;
  const qreal right = width() - (m_key.isEmpty() ? kInset : 8 + capWidth(m_key) + 4);
  painter.setFont(font);
  painter.setPen(ink);
  painter.drawText(QPointF(left, std::round(height() / 2.0 + metrics.capHeight() / 2)),
                   metrics.elidedText(text(), Qt::ElideRight, right - left));
  if (!m_key.isEmpty()) paintKeyCap(painter, QPointF(width() - 7, height() / 2.0), m_key, isLive ? t.muted : t.faint);
}

void VerbButton::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QAbstractButton::changeEvent(event);
}

}  // namespace patchbay::ui
