#include "ui/models/result_table_model.h"

#include <cmath>
#include <utility>

namespace patchbay::ui {
namespace {

QString displayText(const QVariant& value, int decimals) {
  if (!value.isValid()) return QStringLiteral("-");
  if (value.typeId() != QMetaType::Double) return value.toString();
  const double number = value.toDouble();
  if (!std::isfinite(number)) return QStringLiteral("-");
  QString text = QString::number(number, 'f', decimals);
  // Long whole numbers are read in groups of three.
  if (decimals == 0 && std::abs(number) >= 10'000) {
    for (qsizetype at = text.size() - 3; at > (number < 0 ? 1 : 0); at -= 3) text.insert(at, QChar(0x2009));
  }
  // As everywhere in the window: no zero before the point.
  if (text.startsWith(QLatin1String("0."))) text.remove(0, 1);
  if (text.startsWith(QLatin1String("-0."))) text.remove(1, 1);
  return text;
}

}  // namespace

void ResultTableModel::setTable(ResultTable table) {
  beginResetModel();
  m_table = std::move(table);
  endResetModel();
}

int ResultTableModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_table.rows; }

int ResultTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_table.columns.size());
}

QVariant ResultTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const ResultColumn& column = m_table.columns[static_cast<std::size_t>(index.column())];
  switch (role) {
    case Qt::DisplayRole: return displayText(column.value(index.row()), column.decimals);
    case SortRole: return column.value(index.row());
    case Qt::TextAlignmentRole: {
      const bool isNumber = column.value(index.row()).typeId() == QMetaType::Double;
      return QVariant::fromValue(
          Qt::Alignment(isNumber ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter));
    }
    default: return {};
  }
}

QVariant ResultTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  const bool isKnown = orientation == Qt::Horizontal && section >= 0 && section < columnCount();
  // A header stands over its column: numbers end on one line with it.
  if (role == Qt::TextAlignmentRole && isKnown && m_table.rows > 0) return data(index(0, section), role);
  if (role != Qt::DisplayRole) return {};
  if (orientation == Qt::Vertical) return section + 1;
  return isKnown ? QVariant(headerOf(m_table.columns[static_cast<std::size_t>(section)])) : QVariant();
}

}  // namespace patchbay::ui
