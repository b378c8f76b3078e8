#include "ui/shell/library_row_delegate.h"

#include <QApplication>
#include <QPainter>
#include <QStyle>

#include "ui/models/library_model.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

void LibraryRowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QStyleOptionViewItem ground = option;
  initStyleOption(&ground, index);
  ground.text.clear();
  const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
  style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  QRectF area = QRectF(option.rect).adjusted(4, 0, -10, 0);
  const bool isHeading = index.data(LibraryModel::KeyRole).toString().isEmpty();
  if (isHeading) {
    paintIcon(*painter, index.data(LibraryModel::IconRole).toString(),
              QRectF(area.left(), area.center().y() - 8, 16, 16), theme().text);
    area.setLeft(area.left() + 24);
  } else if (index.data(LibraryModel::CurrentRole).toBool()) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme().accent);
    painter->drawEllipse(QPointF(area.left() + 3, area.center().y()), 3, 3);
    area.setLeft(area.left() + 10);
  }
  const QString facts =
      isHeading ? index.data(LibraryModel::CountRole).toString() : index.data(LibraryModel::FactsRole).toString();
  painter->setFont(isHeading ? dataFont(12) : uiFont(12));
  painter->setPen(theme().muted);
  painter->drawText(area, Qt::AlignRight | Qt::AlignVCenter, facts);
  area.setRight(area.right() - painter->fontMetrics().horizontalAdvance(facts) - 6);
  painter->setFont(uiFont(isHeading ? 13 : 12.5));
  painter->setPen(theme().text);
  painter->drawText(
      area, Qt::AlignVCenter,
      painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, static_cast<int>(area.width())));
  painter->restore();
}

QSize LibraryRowDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  return {QStyledItemDelegate::sizeHint(option, index).width(), rowHeight(24)};
}

}  // namespace patchbay::ui
