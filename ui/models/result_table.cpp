#include "ui/models/result_table.h"

#include <cmath>

namespace patchbay::ui {
namespace {

QString csvCell(const QVariant& value) {
  if (!value.isValid()) return {};
  if (value.typeId() == QMetaType::Double) {
    const double number = value.toDouble();
    return std::isfinite(number) ? QString::number(number, 'g', 9) : QString();
  }
  QString text = value.toString();
  text.replace(QLatin1Char('"'), QLatin1String("\"\""));
  return QLatin1Char('"') + text + QLatin1Char('"');
}

}  // namespace

QString headerOf(const ResultColumn& column) {
  return column.unit.isEmpty() ? column.title : QStringLiteral("%1 (%2)").arg(column.title, column.unit);
}

QString csvOf(const ResultTable& table) {
  QString text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) text += QLatin1Char(',');
    text += csvCell(headerOf(table.columns[i]));
  }
  text += QLatin1String("\r\n");
  for (int row = 0; row < table.rows; ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) text += QLatin1Char(',');
      text += csvCell(table.columns[i].value(row));
    }
    text += QLatin1String("\r\n");
  }
  return text;
}

}  // namespace patchbay::ui
