#pragma once

#include <QtWidgets/QWidget>

#include <memory>
#include <optional>

#include "ui/plots/figure.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

struct HeatMapParts;

/// A grid of coloured cells with words: lens, Patchscope and patching grids.
///
/// Cells are whole pixels. Columns keep at least 44 px and scroll, or shrink with `setFitWidth`; below one pixel a cell
/// they are pooled (maximum) and `isPooled` is true. Hover, selection and pin never redraw the cells.
/// Mouse: click selects; a drag that begins on the selected cell carries it; any other drag brushes; the wheel zooms
/// around the pointer, Shift+wheel or a sideways wheel scrolls, a drag with the middle button pans, a double click
/// shows everything again. Keys: arrows move, Shift extends, Home and End, [ ] layers, comma and full stop tokens, plus
/// and minus zoom around the current cell, Esc, Shift+F10 asks for the menu of the cell.
class HeatMap : public QWidget {
  Q_OBJECT
public:
  explicit HeatMap(QWidget* parent = nullptr);
  ~HeatMap() override;

  /// Null for an empty plot. The selection stays when it lies inside the new grid.
  void setData(std::shared_ptr<const HeatMapData> data);
  [[nodiscard]] const std::shared_ptr<const HeatMapData>& data() const;

  /// Emits nothing. The current cell is the last corner of the block.
  void setSelection(const std::optional<CellRange>& range);
  void setCurrentCell(const std::optional<Cell>& cell);
  [[nodiscard]] std::optional<CellRange> selection() const;
  [[nodiscard]] std::optional<Cell> currentCell() const;
  void setPinned(const std::optional<Cell>& cell);
  /// A column to point at (a lesson); nullopt for none.
  void setMarkedColumn(const std::optional<int>& column);
  /// Cell shown as hovered although the pointer is elsewhere (a linked map).
  void setHovered(const std::optional<Cell>& cell);

  /// Space left and right of the cells; equal margins make stacked plots agree to the pixel.
  void setLeftMargin(int pixels);
  void setRightMargin(int pixels);
  [[nodiscard]] int leftMargin() const;
  void setFitWidth(bool fit);
  [[nodiscard]] bool isFitWidth() const;
  [[nodiscard]] bool isPooled() const;
  /// Size of the cells against the plain one, from 1 up. Zoomed cells are whole: the rest is scrolled to. Data of
  /// another shape begins plain.
  void setZoom(double zoom, const std::optional<QPoint>& around = {});
  [[nodiscard]] double zoom() const;
  /// What is zoomed and scrolled to.
  [[nodiscard]] GridPart part() const;
  /// Zooms and scrolls there as far as the data go; where there are none yet, when the first come.
  void showPart(const GridPart& part);
  /// Height that gives every row `rowPixels`.
  [[nodiscard]] int heightForRows(int rowPixels) const;

  /// Area of all visible cells, and of one cell, in widget coordinates. Empty when there is none or it is out of sight.
  [[nodiscard]] QRect gridRect() const;
  [[nodiscard]] QRect cellRect(Cell cell) const;
  [[nodiscard]] std::optional<Cell> cellAt(const QPoint& position) const;

  /// The plot as it is drawn, without pointer and focus; in the light theme when `printTheme`.
  [[nodiscard]] Figure figure(bool printTheme = true) const;
  /// The same as a picture of `scale` device pixels a pixel.
  [[nodiscard]] QImage render(double scale = 2, bool printTheme = true) const {
    return figure(printTheme).image(scale);
  }

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  /// What the screen reader says of a cell.
  [[nodiscard]] QString spoken(Cell cell) const;
  /// As a click on the cell.
  void press(Cell cell);

Q_SIGNALS:
  void cellClicked(int row, int column);
  /// By the person: click, key or finished brush.
  void selectionChanged(const std::optional<patchbay::ui::CellRange>& range);
  /// While a brush grows.
  void brushed(const patchbay::ui::CellRange& range);
  /// Row and column -1 when the pointer leaves the cells.
  void hovered(int row, int column, const QPoint& globalPosition);
  /// By the right button, the Menu key or Shift+F10. The cell is selected.
  void contextMenuAsked(int row, int column, const QPoint& globalPosition);
  /// By the person: zoom or scroll.
  void partChanged();
  /// `isPooled` is another than before: after a change of size or data.
  void pooledChanged();
  void carryStarted(const patchbay::ui::Cell& cell, const QPoint& globalPosition);
  void carryMoved(const QPoint& globalPosition);
  void carryDropped(const QPoint& globalPosition);
  void carryCancelled();

protected:
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void layoutCells();
  void askMenu(Cell cell, const QPoint& globalPosition);
  /// The menu of the current cell, below it.
  void askMenuByKey();
  void point(const std::optional<Cell>& cell, const QPoint& globalPosition);
  void choose(Cell cell, bool extend);
  void clearSelection();
  void announceChoice();
  void announce();
  void pan(const QPoint& to);
  void scrollByWheel(int steps, bool isAcross);
  [[nodiscard]] bool moveByKey(int key, bool extend);
  [[nodiscard]] bool zoomByKey(int key);
  [[nodiscard]] Cell nearestCell(const QPoint& position) const;

  std::unique_ptr<HeatMapParts> m_parts;
};

}  // namespace patchbay::ui

Q_DECLARE_METATYPE(patchbay::ui::Cell)
Q_DECLARE_METATYPE(patchbay::ui::CellRange)
