#include "ui/plots/grid_layout.h"

#include <algorithm>
#include <cmath>

namespace patchbay::ui {

namespace {

/// Rounding of a quotient must not make one more.
constexpr double kSlack = 1e-9;

/// One side of a grid: cells of equal whole pixels, bins of them when a cell is wanted smaller than a pixel.
struct Side {
  int shown = 0, perBin = 1, pixels = 0, first = 0;
};

struct SideRequest {
  int length = 0;     ///< pixels there are
  int count = 0;      ///< data cells
  double wanted = 1;  ///< pixels a data cell should have
  int first = 0;      ///< data cell wanted at the start
};

Side sideOf(const SideRequest& request) {
  Side side;
  side.perBin = request.wanted >= 1 ? 1 : static_cast<int>(std::ceil(1 / request.wanted - kSlack));
  const int bins = (request.count + side.perBin - 1) / side.perBin;
  const double wanted = request.wanted * side.perBin;
  side.shown = std::clamp(static_cast<int>(std::ceil(request.length / wanted - kSlack)), 1, bins);
  const bool isCut = side.shown < bins;
  side.pixels = std::max(1, request.length / side.shown);
  if (!isCut) side.pixels = std::min(side.pixels, std::max(1, static_cast<int>(std::lround(wanted))));
  side.first = isCut ? std::clamp(request.first, 0, request.count - side.shown * side.perBin) : 0;
  return side;
}

}  // namespace

GridLayout::GridLayout(const GridRequest& request) : m_rows(request.rows), m_columns(request.columns) {
  const int width = std::max(1, request.area.width() - request.left - request.right);
  const int height = std::max(1, request.area.height() - request.top - request.bottom);
  if (m_rows == 0 || m_columns == 0) {
    m_grid = QRect(request.left, request.top, 0, 0);
    return;
  }
  const int roomy = std::max(1, width / kMinColumn);
  const bool fits = request.isFitWidth || m_columns <= roomy || m_columns > kMostScrolled;
  const double plainWidth = static_cast<double>(width) / (fits ? m_columns : roomy);
  const double plainHeight = std::min<double>(static_cast<double>(height) / m_rows, kTallestRow);
  const double largestWidth = std::max<double>(plainWidth, kLargestColumn);
  const double largestHeight = std::max<double>(plainHeight, kLargestRow);
  m_largestZoom = std::max(largestWidth / plainWidth, largestHeight / plainHeight);

  const Side across =
      sideOf({width, m_columns, std::min(plainWidth * request.zoom, largestWidth), request.firstColumn});
  const Side up = sideOf({height, m_rows, std::min(plainHeight * request.zoom, largestHeight), request.firstRow});
  m_shownColumns = across.shown;
  m_columnsPerBin = across.perBin;
  m_cellWidth = across.pixels;
  m_firstColumn = across.first;
  m_shownRows = up.shown;
  m_rowsPerBin = up.perBin;
  m_cellHeight = up.pixels;
  m_firstRow = up.first;
  m_grid = QRect(request.left, request.top, m_shownColumns * m_cellWidth, m_shownRows * m_cellHeight);
}

int GridLayout::lastColumn() const { return std::min(m_columns, m_firstColumn + m_shownColumns * m_columnsPerBin) - 1; }

int GridLayout::lastRow() const { return std::min(m_rows, m_firstRow + m_shownRows * m_rowsPerBin) - 1; }

QRect GridLayout::cellRect(Cell cell) const { return blockRect({cell, cell}); }

QRect GridLayout::blockRect(const CellRange& block) const {
  if (m_shownRows == 0 || block.last.column < m_firstColumn || block.first.column > lastColumn()) return {};
  if (block.last.row < m_firstRow || block.first.row > lastRow()) return {};
  const int left = (std::max(block.first.column, m_firstColumn) - m_firstColumn) / m_columnsPerBin;
  const int right = (std::min(block.last.column, lastColumn()) - m_firstColumn) / m_columnsPerBin;
  const int bottom = (std::max(block.first.row, m_firstRow) - m_firstRow) / m_rowsPerBin;
  const int top = (std::min(block.last.row, lastRow()) - m_firstRow) / m_rowsPerBin;
  const QRect whole(m_grid.left() + left * m_cellWidth, m_grid.top() + (m_shownRows - 1 - top) * m_cellHeight,
                    (right - left + 1) * m_cellWidth, (top - bottom + 1) * m_cellHeight);
  return whole.adjusted(0, 0, -separator(), -separator());
}

std::optional<Cell> GridLayout::cellAt(const QPoint& position) const {
  if (!m_grid.contains(position)) return std::nullopt;
  return nearestCell(position);
}

Cell GridLayout::nearestCell(QPoint position) const {
  position.setX(std::clamp(position.x(), m_grid.left(), m_grid.right()));
  position.setY(std::clamp(position.y(), m_grid.top(), m_grid.bottom()));
  const int shownColumn = (position.x() - m_grid.left()) / m_cellWidth;
  const int shownRow = m_shownRows - 1 - (position.y() - m_grid.top()) / m_cellHeight;
  return {std::clamp(m_firstRow + shownRow * m_rowsPerBin, 0, m_rows - 1),
          std::clamp(m_firstColumn + shownColumn * m_columnsPerBin, 0, m_columns - 1)};
}

}  // namespace patchbay::ui
