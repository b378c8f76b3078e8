#include "ui/shell/search_field.h"

#include <QPainter>

#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/verb_button.h"

namespace patchbay::ui {

SearchField::SearchField(const QString& key, QWidget* parent) : QAbstractButton(parent), m_key(key) {
  setObjectName(QStringLiteral("searchField"));
  setText(tr("Search actions"));
  setAccessibleName(text());
  setFocusPolicy(Qt::TabFocus);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void SearchField::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(hasFocus() ? theme().accent : theme().border, hasFocus() ? 2 : 1));
  painter.setBrush(underMouse() ? theme().hover : theme().raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  paintIcon(painter, QStringLiteral("search"), QRectF(8, (height() - 13) / 2.0, 13, 13), theme().muted);
  painter.setFont(uiFont(12.5));
  painter.setPen(theme().muted);
  painter.drawText(rect().adjusted(28, 0, 0, 0), Qt::AlignVCenter, text());
  paintKeyCap(painter, QPointF(width() - 6, height() / 2.0), m_key, theme().muted);
}

}  // namespace patchbay::ui
