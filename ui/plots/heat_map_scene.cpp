#include "ui/plots/heat_map_scene.h"

#include <QtGui/QImage>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kTextInset = 6;
constexpr int kWordWidth = 44;
constexpr int kWordHeight = 15;
constexpr int kValueWidth = 90;
constexpr int kTallRow = 17;
constexpr int kLabelledRow = 14;
constexpr int kLabelGap = 8;
constexpr int kLabelSpacing = 13;
constexpr double kTickSize = 10.5;
constexpr double kColumnSize = 12;
constexpr int kHatchTile = 17;  // two lines 6 px apart, measured across them

/// Slanted lines as a pattern without seams: a line across the whole grid takes long to draw.
QBrush hatchBrush(const ThemeTokens& tokens, double scale) {
  QImage tile(QSize(kHatchTile, kHatchTile) * scale, QImage::Format_ARGB32_Premultiplied);
  tile.fill(tokens.sunken);
  QPainter painter(&tile);
  painter.scale(tile.width() / static_cast<double>(kHatchTile), tile.height() / static_cast<double>(kHatchTile));
  painter.setRenderHint(QPainter::Antialiasing);
  QColor ink = tokens.faint;
  ink.setAlphaF(0.5F);
  painter.setPen(QPen(ink, 1.6));
  for (double x = 0; x <= 2 * kHatchTile; x += kHatchTile / 2.0)
    painter.drawLine(QPointF(x + 2, -2), QPointF(x - kHatchTile - 2, kHatchTile + 2));
  painter.end();
  QBrush brush(tile);
  brush.setTransform(QTransform::fromScale(kHatchTile / static_cast<double>(tile.width()),
                                           kHatchTile / static_cast<double>(tile.height())));
  return brush;
}

}  // namespace

std::vector<double> HeatMapScene::positions() const {
  const int rows = layout.shownRows();
  const int columns = layout.shownColumns();
  std::vector<double> result(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns),
                             std::numeric_limits<double>::quiet_NaN());
  if (!data) return result;
  const int lastColumn = layout.lastColumn();
  for (int row = layout.firstRow(); row <= layout.lastRow(); ++row) {
    for (int column = layout.firstColumn(); column <= lastColumn; ++column) {
      const double position = data->scale.position(data->value({row, column}));
      const int shownColumn = (column - layout.firstColumn()) / layout.columnsPerBin();
      double& shown =
          result[static_cast<std::size_t>((row - layout.firstRow()) / layout.rowsPerBin() * columns + shownColumn)];
      // Of a diverging map the strongest effect of either sign is kept.
      const auto weight = [this](double p) { return data->scale.isDiverging() ? std::abs(p - 0.5) : p; };
      if (std::isnan(shown) || weight(position) > weight(shown)) shown = position;
    }
  }
  return result;
}

void HeatMapScene::paintHatch(QPainter& painter) const {
  const QRect grid = layout.grid();
  if (!data || grid.isEmpty() || !data->isHatched) return;
  const std::vector<double> shown = positions();
  if (std::none_of(shown.begin(), shown.end(), [](double position) { return std::isnan(position); })) return;
  const QBrush hatch = hatchBrush(*tokens, painter.deviceTransform().m11());
  painter.setBrushOrigin(grid.topLeft());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (!std::isnan(shown[i])) continue;
    const int row = static_cast<int>(i) / layout.shownColumns();
    const int column = static_cast<int>(i) % layout.shownColumns();
    painter.fillRect(
        QRect(grid.left() + column * layout.cellWidth(), grid.bottom() + 1 - (row + 1) * layout.cellHeight(),
              layout.cellWidth(), layout.cellHeight()),
        hatch);
  }
}

void HeatMapScene::paintColours(QPainter& painter) const {
  const QRect grid = layout.grid();
  const std::vector<double> shown = positions();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (std::isnan(shown[i])) continue;
    const int row = static_cast<int>(i) / layout.shownColumns();
    const int column = static_cast<int>(i) % layout.shownColumns();
    painter.fillRect(
        QRect(grid.left() + column * layout.cellWidth(), grid.bottom() + 1 - (row + 1) * layout.cellHeight(),
              layout.cellWidth(), layout.cellHeight()),
        map.at(shown[i]));
  }
}

void HeatMapScene::paintWords(QPainter& painter) const {
  const QRect grid = layout.grid();
  if (!data || grid.isEmpty()) return;
  if (paintsColours) paintColours(painter);
  if (layout.separator() > 0) {
    for (int c = 1; c <= layout.shownColumns(); ++c)
      painter.fillRect(QRect(grid.left() + c * layout.cellWidth() - 1, grid.top(), 1, grid.height()), tokens->raised);
    for (int r = 1; r <= layout.shownRows(); ++r)
      painter.fillRect(QRect(grid.left(), grid.top() + r * layout.cellHeight() - 1, grid.width(), 1), tokens->raised);
  }
  if (layout.isPooled() || layout.cellWidth() < kWordWidth || layout.cellHeight() < kWordHeight) return;
  TokenPen pen(dataFont(layout.cellHeight() >= kTallRow ? 12 : 11));
  for (int row = layout.firstRow(); row <= layout.lastRow(); ++row)
    for (int column = layout.firstColumn(); column <= layout.lastColumn(); ++column)
      paintWord(painter, pen, {row, column});
}

void HeatMapScene::paintWord(QPainter& painter, TokenPen& pen, Cell cell) const {
  const double position = data->scale.position(data->value(cell));
  if (std::isnan(position)) return;
  const QColor ink = inkOn(map.at(position));
  QRectF area = QRectF(layout.cellRect(cell)).adjusted(kTextInset, 0, -kTextInset, 0);
  if (data->valueText && layout.cellWidth() >= kValueWidth) {
    const QString value = data->valueText(cell);
    pen.draw(painter, area, value, ink, Qt::AlignRight);
    area.setRight(area.right() - pen.width(value) - kTextInset);
  }
  if (data->word) pen.draw(painter, area, data->word(cell), ink);
}

void HeatMapScene::paintLabels(QPainter& painter) const {
  if (!data || layout.grid().isEmpty()) return;
  paintRowLabels(painter);
  paintColumnLabels(painter);
}

void HeatMapScene::paintRowLabels(QPainter& painter) const {
  const QRect grid = layout.grid();
  const int first = layout.firstRow();
  const int last = std::min(layout.lastRow(), static_cast<int>(data->rowLabels.size()) - 1);
  const int chosen = current ? current->row : -1;
  const bool isEach = layout.cellHeight() >= kLabelledRow && !layout.isPooled();
  std::vector<int> shown;
  const auto middle = [&](int row) {
    return grid.top() + (layout.shownRows() - 1 - (row - first) / layout.rowsPerBin() + 0.5) * layout.cellHeight() -
           layout.separator() * 0.5;
  };
  const auto add = [&](int row) {
    if (row < first || row > last || std::find(shown.begin(), shown.end(), row) != shown.end()) return;
    const bool hasRoom = isEach || std::none_of(shown.begin(), shown.end(), [&](int other) {
                           return std::abs(middle(other) - middle(row)) < kLabelSpacing;
                         });
    if (hasRoom) shown.push_back(row);
  };
  // The selected row is named first, so that its label always has room; then both ends.
  add(chosen);
  add(first);
  add(last);
  for (int row = isEach ? first : (first + 4) / 5 * 5; row <= last; row += isEach ? 1 : 5) add(row);
  for (const int row : shown) {
    const bool isChosen = row == chosen || (selection && row >= selection->first.row && row <= selection->last.row);
    const QRectF area(0, middle(row) - 8, grid.left() - kLabelGap, 16);
    drawTokenText(painter, area, data->rowLabels[row], dataFont(kTickSize, isChosen ? 700 : 400),
                  isChosen ? tokens->accent : tokens->muted, Qt::AlignRight);
  }
}

void HeatMapScene::paintColumnLabels(QPainter& painter) const {
  const QRect grid = layout.grid();
  const int width = layout.cellWidth();
  const bool isOnTop = data->areColumnLabelsOnTop;
  const int top = isOnTop ? grid.top() - 18 : grid.bottom() + 2;
  const auto chosen = [this](int column) {
    return (current && current->column == column) ||
           (selection && column >= selection->first.column && column <= selection->last.column);
  };
  // Columns too narrow for a word share a label: every n-th is named, and the selected one always.
  const int step = layout.isPooled()                 ? layout.columnsPerBin() * std::max(1, 60 / width)
                   : width >= GridLayout::kMinColumn ? 1
                                                     : (60 + width - 1) / width;
  const int last = std::min(layout.lastColumn(), static_cast<int>(data->columnLabels.size()) - 1);
  for (int column = layout.firstColumn(); column <= last; ++column) {
    const bool isChosen = chosen(column);
    const bool isNamed = (column - layout.firstColumn()) % step == 0;
    const bool isNearChosen =
        step > 1 && current && current->column != column && std::abs(current->column - column) < step;
    const bool isDrawn = step > 1 ? (current && current->column == column) || (isNamed && !isNearChosen) : true;
    if (!isDrawn) continue;
    const int bin = (column - layout.firstColumn()) / layout.columnsPerBin();
    const int room = step > 1 ? 58 : width - (isOnTop ? 0 : kTextInset) - 2;
    const int inset = isOnTop ? 0 : std::min(kTextInset, width / 6);
    const QRectF area(grid.left() + bin * width + inset, top, room, 18);
    drawTokenText(painter, area, data->columnLabels[column],
                  dataFont(isOnTop ? kTickSize : kColumnSize, isChosen ? 700 : 400),
                  isChosen  ? tokens->accent
                  : isOnTop ? tokens->muted
                            : tokens->text,
                  isOnTop ? Qt::AlignHCenter : Qt::AlignLeft);
  }
}

void HeatMapScene::paintBox(QPainter& painter, const QRect& around) const {
  const QRectF box = QRectF(around).adjusted(-1.25, -1.25, 1.25, 1.25);
  painter.setBrush(Qt::NoBrush);
  QPen pen(tokens->casing, 4.5);
  pen.setJoinStyle(Qt::MiterJoin);
  painter.setPen(pen);
  painter.drawRect(box);
  pen.setColor(tokens->accent);
  pen.setWidthF(2.5);
  painter.setPen(pen);
  painter.drawRect(box);
}

void HeatMapScene::paintPin(QPainter& painter) const {
  const QRect area = layout.cellRect(*pinned);
  if (area.isEmpty()) return;
  const QRectF box = QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5);
  QPen pen(tokens->casing, 4);
  pen.setJoinStyle(Qt::MiterJoin);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(pen);
  painter.drawRect(box);
  pen = QPen(tokens->reference, 2);
  pen.setCapStyle(Qt::FlatCap);
  pen.setDashPattern({2.5, 1.5});
  painter.setPen(pen);
  painter.drawRect(box);
}

void HeatMapScene::paintMarks(QPainter& painter) const {
  if (!data || layout.grid().isEmpty()) return;
  painter.setRenderHint(QPainter::Antialiasing);
  if (markedColumn) {
    const QRect area = layout.blockRect({{0, *markedColumn}, {data->rows() - 1, *markedColumn}});
    painter.setPen(QPen(tokens->accent, 2));
    painter.setBrush(Qt::NoBrush);
    if (!area.isEmpty()) painter.drawRoundedRect(QRectF(area).adjusted(-1, -1, 1, 1), 3, 3);
  }
  if (pinned) paintPin(painter);
  if (selection) {
    if (const QRect area = layout.blockRect(*selection); !area.isEmpty()) paintBox(painter, area);
  }
  if (hovered) {
    const QRect area = layout.cellRect(*hovered);
    const double position = data->scale.position(data->value(*hovered));
    painter.setPen(QPen(std::isnan(position) ? tokens->text : inkOn(map.at(position)), 1));
    painter.setBrush(Qt::NoBrush);
    if (area.width() > 4 && area.height() > 4) painter.drawRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5));
  }
  if (showsFocus && !selection) {
    painter.setPen(QPen(tokens->accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(layout.grid()).adjusted(-1, -1, 1, 1));
  }
}

}  // namespace patchbay::ui
