#include "ui/shell/menu_button.h"

#include <algorithm>

#include <QPainter>

#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kPadding = 9;
constexpr int kIcon = 16;
constexpr int kIconGap = 6;
constexpr int kChevron = 12;
constexpr int kChevronGap = 8;
constexpr int kMostWords = 260;

}  // namespace

MenuButton::MenuButton(const QString& words, const QString& icon, QWidget* parent)
    : QPushButton(words, parent), m_icon(icon) {
  setAutoDefault(false);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize MenuButton::sizeHint() const {
  const int words = std::min(kMostWords, QFontMetrics(uiFont(12.5)).horizontalAdvance(text()));
  return {kPadding + kIcon + kIconGap + words + kChevronGap + kChevron + kPadding, rowHeight(26)};
}

void MenuButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(theme().border);
  painter.setBrush(isDown() ? theme().pressed : underMouse() ? theme().hover : theme().raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  paintIcon(painter, m_icon, QRectF(kPadding, (height() - kIcon) / 2.0, kIcon, kIcon), theme().text);
  const int left = kPadding + kIcon + kIconGap;
  const int right = width() - kPadding - kChevron;
  paintIcon(painter, QStringLiteral("chevron-down"), QRectF(right, (height() - kChevron) / 2.0, kChevron, kChevron),
            theme().muted);
  painter.setFont(uiFont(12.5));
  painter.setPen(theme().text);
  const int room = right - kChevronGap - left + 1;
  painter.drawText(QRect(left, 0, room, height()), Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(text(), Qt::ElideMiddle, room));
}

}  // namespace patchbay::ui
