#include "ui/panels/picture.h"

#include <algorithm>

#include <QPainter>
#include <QTextDocument>

#include "ui/models/result_table_model.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

QImage stackedPictures(const std::vector<QImage>& pictures) {
  qreal width = 0;
  qreal height = 0;
  qreal scale = 1;
  for (const QImage& picture : pictures) {
    scale = std::max(scale, picture.devicePixelRatio());
    width = std::max(width, picture.deviceIndependentSize().width());
    height += picture.deviceIndependentSize().height();
  }
  if (width < 1 || height < 1) return {};
  QImage all((QSizeF(width, height) * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
  all.setDevicePixelRatio(scale);
  all.fill(tokensOf(ThemeKind::Light).raised);
  QPainter painter(&all);
  qreal top = 0;
  for (const QImage& picture : pictures) {
    painter.drawImage(QPointF(0, top), picture);
    top += picture.deviceIndependentSize().height();
  }
  return all;
}

QImage textPicture(const QString& html, int width, qreal scale) {
  const ThemeTokens& light = tokensOf(ThemeKind::Light);
  QTextDocument document;
  document.setDocumentMargin(12);
  document.setDefaultFont(uiFont(13.5));
  document.setHtml(QStringLiteral("<div style=\"color:%1\">%2</div>").arg(light.text.name(), html));
  document.setTextWidth(width);
  QImage picture((QSizeF(width, document.size().height()) * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
  picture.setDevicePixelRatio(scale);
  picture.fill(light.raised);
  QPainter painter(&picture);
  document.drawContents(&painter);
  return picture;
}

QImage tablePicture(const ResultTable& table, int width, qreal scale) {
  ResultTableModel model;
  model.setTable(table);
  QString html = QStringLiteral("<table cellspacing=\"0\" cellpadding=\"3\"><tr>");
  for (int column = 0; column < model.columnCount(); ++column) {
    html += QStringLiteral("<th align=\"left\">%1</th>").arg(model.headerData(column, Qt::Horizontal).toString().toHtmlEscaped());
  }
  html += QStringLiteral("</tr>");
  for (int row = 0; row < model.rowCount(); ++row) {
    html += QStringLiteral("<tr>");
    for (int column = 0; column < model.columnCount(); ++column) {
      const QModelIndex index = model.index(row, column);
      const bool isNumber = model.data(index, ResultTableModel::SortRole).typeId() == QMetaType::Double;
      html += QStringLiteral("<td align=\"%1\">%2</td>")
                  .arg(isNumber ? QStringLiteral("right") : QStringLiteral("left"), model.data(index).toString().toHtmlEscaped());
    }
    html += QStringLiteral("</tr>");
  }
  return textPicture(html + QStringLiteral("</table>"), width, scale);
}

}  // namespace patchbay::ui
