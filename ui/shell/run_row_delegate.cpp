#include "ui/shell/run_row_delegate.h"

#include <algorithm>

#include <QApplication>
#include <QPainter>
#include <QStyle>

#include "ui/models/run_tree_model.h"
#include "ui/models/run_words.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kSign = 10;
constexpr int kLabelWidth = 26;
constexpr int kGap = 6;
constexpr int kLeastDetail = 64;

void paintGround(QPainter& painter, const QStyleOptionViewItem& option) {
  QStyleOptionViewItem ground = option;
  ground.text.clear();
  ground.icon = {};
  const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
  style->drawControl(QStyle::CE_ItemViewItem, &ground, &painter, option.widget);
}

/// Part of a circle for a run under way, filled up to its share.
void paintShare(QPainter& painter, const QPointF& centre, double share) {
  const QRectF circle(centre.x() - 5, centre.y() - 5, 10, 10);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme().pressed, 1.6));
  painter.drawEllipse(circle);
  painter.setPen(QPen(theme().accent, 1.6));
  const double shown = share < 0 ? 0.25 : share;
  painter.drawArc(circle, 90 * 16, -static_cast<int>(shown * 360 * 16));
}

void paintStatus(QPainter& painter, const QPointF& centre, const QModelIndex& index) {
  const QRectF iconArea(centre.x() - 7, centre.y() - 7, 14, 14);
  if (index.data(RunTreeModel::PinRole).toBool()) {
    paintIcon(painter, QStringLiteral("pin"), iconArea, theme().reference);
    return;
  }
  switch (static_cast<RunStatus>(index.data(RunTreeModel::StatusRole).toInt())) {
    case RunStatus::Done: paintOrigin(painter, centre, Origin::Measured, theme().muted, kSign); break;
    case RunStatus::Recorded: paintOrigin(painter, centre, Origin::Recorded, theme().muted, kSign); break;
    case RunStatus::Queued:
    case RunStatus::Running: paintShare(painter, centre, index.data(RunTreeModel::ShareRole).toDouble()); break;
    case RunStatus::Failed: paintIcon(painter, QStringLiteral("error"), iconArea, theme().error); break;
    case RunStatus::Interrupted: paintIcon(painter, QStringLiteral("warning"), iconArea, theme().warning); break;
    case RunStatus::Cancelled: paintIcon(painter, QStringLiteral("stop"), iconArea, theme().faint); break;
  }
}

void paintSession(QPainter& painter, const QRectF& area, const QModelIndex& index) {
  paintIcon(painter, QStringLiteral("session"), QRectF(area.left(), area.center().y() - 7, 14, 14), theme().text);
  painter.setFont(uiFont(13, 600));
  painter.setPen(theme().text);
  const QRectF words = area.adjusted(22, 0, -44, 0);
  painter.drawText(
      words, Qt::AlignVCenter,
      painter.fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, static_cast<int>(words.width())));
  painter.setFont(dataFont(12));
  painter.setPen(theme().muted);
  painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter, index.data(RunTreeModel::TimeTextRole).toString());
}

/// What kind and detail take when nothing is cut.
qreal titleWidth(const RunWords& words) {
  const qreal kind = QFontMetricsF(uiFont(13)).horizontalAdvance(words.kind);
  return words.detail.isEmpty() ? kind : kind + kGap + QFontMetricsF(uiFont(12)).horizontalAdvance(words.detail);
}

void paintTitle(QPainter& painter, QRectF area, const RunWords& words, bool isFaint) {
  painter.setFont(uiFont(13));
  painter.setPen(isFaint ? theme().faint : theme().text);
  const QString kind = painter.fontMetrics().elidedText(words.kind, Qt::ElideRight, static_cast<int>(area.width()));
  painter.drawText(area, Qt::AlignVCenter, kind);
  area.setLeft(area.left() + painter.fontMetrics().horizontalAdvance(kind) + kGap);
  painter.setFont(uiFont(12));
  // A few letters of a long detail would say nothing.
  if (words.detail.isEmpty() ||
      area.width() < std::min(kLeastDetail, painter.fontMetrics().horizontalAdvance(words.detail)))
    return;
  painter.setPen(isFaint ? theme().faint : theme().muted);
  const auto mode = words.isCutAtStart ? Qt::ElideLeft : Qt::ElideRight;
  painter.drawText(area, Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(words.detail, mode, static_cast<int>(area.width())));
}

}  // namespace

void RunRowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QStyleOptionViewItem row = option;
  initStyleOption(&row, index);
  paintGround(*painter, row);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  QRectF area = QRectF(option.rect).adjusted(2, 0, -8, 0);
  if (index.data(RunTreeModel::RunIdRole).toLongLong() == 0) {
    paintSession(*painter, area, index);
    painter->restore();
    return;
  }
  const bool faint = index.data(RunTreeModel::TrashRole).toBool();
  paintStatus(*painter, QPointF(area.left() + kSign / 2.0 + 2, area.center().y()), index);
  painter->setFont(dataFont(12));
  painter->setPen(theme().muted);
  area.setLeft(area.left() + kSign + 8);
  painter->drawText(area, Qt::AlignVCenter, index.data(RunTreeModel::LabelRole).toString());
  const QString label = index.data(RunTreeModel::LabelRole).toString();
  area.setLeft(area.left() + std::max<qreal>(kLabelWidth, painter->fontMetrics().horizontalAdvance(label) + 8));
  const QString time = index.data(RunTreeModel::TimeTextRole).toString();
  const qreal timeWidth = painter->fontMetrics().horizontalAdvance(time) + 8;
  // The words of a finished run come before its time, which the tooltip tells too.
  const bool isDone = static_cast<RunStatus>(index.data(RunTreeModel::StatusRole).toInt()) == RunStatus::Done;
  const RunWords words = index.data(RunTreeModel::WordsRole).value<RunWords>();
  if (!isDone || titleWidth(words) <= area.width() - timeWidth) {
    painter->drawText(area, Qt::AlignRight | Qt::AlignVCenter, time);
    area.setRight(area.right() - timeWidth);
  }
  if (index.data(RunTreeModel::StarRole).toBool()) {
    paintIcon(*painter, QStringLiteral("star"), QRectF(area.right() - 12, area.center().y() - 6, 12, 12),
              theme().muted);
    area.setRight(area.right() - 16);
  }
  if (index.data(RunTreeModel::WarningRole).toBool()) {
    paintWarningDot(*painter, QPointF(area.right() - 4, area.center().y()));
    area.setRight(area.right() - 12);
  }
  paintTitle(*painter, area, words, faint);
  painter->restore();
}

QSize RunRowDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  return {QStyledItemDelegate::sizeHint(option, index).width(), rowHeight(24)};
}

void RunRowDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                          const QModelIndex&) const {
  editor->setGeometry(option.rect.adjusted(kSign + kLabelWidth + 10, 0, 0, 0));
}

}  // namespace patchbay::ui
