#include "ui/widgets/icon_button.h"

#include <QtCore/QEvent>
#include <QtCore/QVariant>

#include "ui/widgets/theme.h"

namespace patchbay::ui {

IconButton::IconButton(const QString& icon, const QString& name, QWidget* parent) : QToolButton(parent) {
  setProperty("iconOnly", true);
  setAutoRaise(true);
  setFocusPolicy(Qt::TabFocus);
  setIconSize({16, 16});
  setFixedSize(24, 24);
  setAccessibleName(name);
  setToolTip(name);
  setIconName(icon);
}

void IconButton::setIconName(const QString& icon, IconRole role) {
  m_iconName = icon;
  m_role = role;
  setIcon(ui::icon(icon, role));
}

void IconButton::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QToolButton::changeEvent(event);
}

}  // namespace patchbay::ui
