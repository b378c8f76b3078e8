#include "ui/plots/grid_layout.h"

#include <algorithm>

namespace patchbay::ui {

namespace {

int ceilDivide(int a, int b) {
  return (a + b - 1) / b;
}

}  // namespace

GridLayout::GridLayout(const GridRequest& request) : m_rows(request.rows), m_columns(request.columns) {
  const int width = std::max(1, request.area.width() - request.left - request.right);
  const int height = std::max(1, request.area.height() - request.top - request.bottom);
  if (m_rows == 0 || m_columns == 0) {
    m_grid = QRect(request.left, request.top, 0, 0);
    return;
  }
  m_rowsPerBin = m_rows > height ? ceilDivide(m_rows, height) : 1;
  m_shownRows = ceilDivide(m_rows, m_rowsPerBin);
  m_cellHeight = std::min(height / m_shownRows, kTallestRow);

  const int roomy = std::max(1, width / kMinColumn);
  const bool fits = request.isFitWidth || m_columns <= roomy || m_columns > kMostScrolled;
  if (fits) {
    m_columnsPerBin = m_columns > width ? ceilDivide(m_columns, width) : 1;
    m_shownColumns = ceilDivide(m_columns, m_columnsPerBin);
    m_cellWidth = width / m_shownColumns;
  } else {
    m_shownColumns = roomy;
    m_cellWidth = width / roomy;
    m_firstColumn = std::clamp(request.firstColumn, 0, m_columns - m_shownColumns);
  }
  m_grid = QRect(request.left, request.top, m_shownColumns * m_cellWidth, m_shownRows * m_cellHeight);
}

int GridLayout::lastColumn() const {
  return std::min(m_columns, m_firstColumn + m_shownColumns * m_columnsPerBin) - 1;
}

QRect GridLayout::cellRect(Cell cell) const {
  return blockRect({cell, cell});
}

QRect GridLayout::blockRect(const CellRange& block) const {
  if (m_shownRows == 0 || block.last.column < m_firstColumn || block.first.column > lastColumn()) return {};
  const int left = (std::max(block.first.column, m_firstColumn) - m_firstColumn) / m_columnsPerBin;
  const int right = (std::min(block.last.column, lastColumn()) - m_firstColumn) / m_columnsPerBin;
  const int bottom = std::clamp(block.first.row, 0, m_rows - 1) / m_rowsPerBin;
  const int top = std::clamp(block.last.row, 0, m_rows - 1) / m_rowsPerBin;
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
  return {std::clamp(shownRow * m_rowsPerBin, 0, m_rows - 1), std::clamp(m_firstColumn + shownColumn * m_columnsPerBin, 0, m_columns - 1)};
}

}  // namespace patchbay::ui
