#include "ui/panels/picture.h"

#include <QPainter>
#include <QTextDocument>

#include "ui/models/result_table_model.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

Figure textFigure(const QString& html, int width) {
  const ThemeTokens& light = tokensOf(ThemeKind::Light);
  QTextDocument document;
  document.setDocumentMargin(12);
  document.setDefaultFont(uiFont(13.5));
  document.setHtml(QStringLiteral("<div style=\"color:%1\">%2</div>").arg(light.text.name(), html));
  document.setTextWidth(width);
  const QSizeF size(width, document.size().height());
  QPicture drawing;
  QPainter painter(&drawing);
  painter.fillRect(QRectF(QPointF(), size), light.raised);
  document.drawContents(&painter);
  painter.end();
  return {drawing, size};
}

Figure tableFigure(const ResultTable& table, int width) {
  ResultTableModel model;
  model.setTable(table);
  QString html = QStringLiteral("<table cellspacing=\"0\" cellpadding=\"3\"><tr>");
  for (int column = 0; column < model.columnCount(); ++column) {
    html += QStringLiteral("<th align=\"left\">%1</th>")
                .arg(model.headerData(column, Qt::Horizontal).toString().toHtmlEscaped());
  }
  html += QStringLiteral("</tr>");
  for (int row = 0; row < model.rowCount(); ++row) {
    html += QStringLiteral("<tr>");
    for (int column = 0; column < model.columnCount(); ++column) {
      const QModelIndex index = model.index(row, column);
      const bool isNumber = model.data(index, ResultTableModel::SortRole).typeId() == QMetaType::Double;
      html += QStringLiteral("<td align=\"%1\">%2</td>")
                  .arg(isNumber ? QStringLiteral("right") : QStringLiteral("left"),
                       model.data(index).toString().toHtmlEscaped());
    }
    html += QStringLiteral("</tr>");
  }
  return textFigure(html + QStringLiteral("</table>"), width);
}

}  // namespace patchbay::ui
