#include "ui/shell/menu_button.h"

#include <QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kChevron = 12;
constexpr int kChevronGap = 8;

}  // namespace

MenuButton::MenuButton(const QString& words, const QString& icon, QWidget* parent) : Button(words, icon, Kind::Plain, parent) {
  // Room for the chevron at the right of the words.
  setStyleSheet(QStringLiteral("QPushButton { text-align: left; padding: 0 %1px 0 9px; }").arg(kChevron + kChevronGap));
}

void MenuButton::paintEvent(QPaintEvent* event) {
  Button::paintEvent(event);
  QPainter painter(this);
  const QRectF at(width() - kChevron - kChevronGap, (height() - kChevron) / 2.0, kChevron, kChevron);
  paintIcon(painter, QStringLiteral("chevron-down"), at, isEnabled() ? theme().muted : theme().faint);
}

}  // namespace patchbay::ui
