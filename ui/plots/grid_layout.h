#pragma once

#include <QtCore/QRect>
#include <QtCore/QSize>

#include <optional>

#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

/// What a grid layout is made from. All sizes in pixels.
struct GridRequest {
  QSize area;                 ///< the whole widget
  int rows = 0, columns = 0;  ///< of the data
  int left = 44, right = 12;  ///< margins
  int top = 4, bottom = 24;
  bool isFitWidth = false;  ///< shrink columns instead of scrolling
  int firstColumn = 0;      ///< wanted at the left
  int firstRow = 0;         ///< wanted at the bottom
  double zoom = 1;          ///< of the cells, from 1 upward; each side stops at its largest
};

/// Where the cells of a heat map stand: whole pixels, scrolled or pooled when there are too many.
class GridLayout {
public:
  static constexpr int kMinColumn = 44;
  static constexpr int kTallestRow = 36;
  /// Above this many columns a map always fits its width.
  static constexpr int kMostScrolled = 400;
  /// Cells grow no further by zooming.
  static constexpr int kLargestColumn = 320;
  static constexpr int kLargestRow = 96;

  GridLayout() = default;
  explicit GridLayout(const GridRequest& request);

  /// All visible cells, separators included.
  [[nodiscard]] const QRect& grid() const { return m_grid; }
  [[nodiscard]] int cellWidth() const { return m_cellWidth; }
  [[nodiscard]] int cellHeight() const { return m_cellHeight; }
  /// Cells as drawn: data cells, or bins of them when pooled.
  [[nodiscard]] int shownRows() const { return m_shownRows; }
  [[nodiscard]] int shownColumns() const { return m_shownColumns; }
  [[nodiscard]] int rowsPerBin() const { return m_rowsPerBin; }
  [[nodiscard]] int columnsPerBin() const { return m_columnsPerBin; }
  [[nodiscard]] bool isPooled() const { return m_rowsPerBin > 1 || m_columnsPerBin > 1; }
  /// Columns are out of sight, left or right.
  [[nodiscard]] bool isScrolled() const { return m_shownColumns * m_columnsPerBin < m_columns; }
  /// Rows are out of sight, above or below: only when zoomed.
  [[nodiscard]] bool areRowsScrolled() const { return m_shownRows * m_rowsPerBin < m_rows; }
  /// The zoom at which no side grows any more.
  [[nodiscard]] double largestZoom() const { return m_largestZoom; }
  [[nodiscard]] int firstColumn() const { return m_firstColumn; }
  [[nodiscard]] int lastColumn() const;
  [[nodiscard]] int firstRow() const { return m_firstRow; }
  [[nodiscard]] int lastRow() const;
  /// One pixel between cells from 10 px upward, none below.
  [[nodiscard]] int separator() const { return m_cellWidth >= 10 && m_cellHeight >= 10 ? 1 : 0; }

  /// The coloured part of a cell; empty when it is scrolled out of sight.
  [[nodiscard]] QRect cellRect(Cell cell) const;
  /// The coloured part of a block, cut at the edge of the grid.
  [[nodiscard]] QRect blockRect(const CellRange& block) const;
  /// First data cell under a point; nullopt beside the grid.
  [[nodiscard]] std::optional<Cell> cellAt(const QPoint& position) const;
  /// As `cellAt`, with points beside the grid moved to its edge. Only when there are cells.
  [[nodiscard]] Cell nearestCell(QPoint position) const;

private:
  int m_rows = 0, m_columns = 0;
  QRect m_grid;
  int m_cellWidth = 0, m_cellHeight = 0;
  int m_shownRows = 0, m_shownColumns = 0;
  int m_rowsPerBin = 1, m_columnsPerBin = 1;
  int m_firstColumn = 0;
  int m_firstRow = 0;
  double m_largestZoom = 1;
};

}  // namespace patchbay::ui
