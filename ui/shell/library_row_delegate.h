#pragma once

#include <QStyledItemDelegate>

namespace patchbay::ui {

/// One row of the library: a heading with icon and count, or an entry with its facts; the model in use has a dot.
class LibraryRowDelegate : public QStyledItemDelegate {
  Q_OBJECT
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace patchbay::ui
