#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

#include <functional>
#include <memory>
#include <optional>

#include "core/data/host_array.h"
#include "ui/plots/colour_maps.h"

namespace patchbay::ui {

/// Row (layer, 0 at the bottom) and column of a cell.
struct Cell {
  int row = 0;
  int column = 0;
  bool operator==(const Cell&) const = default;
};

/// The part of a grid on screen: the size of its cells against the plain one, and the cell at the lower left.
struct GridPart {
  double zoom = 1;
  Cell first;
  bool operator==(const GridPart&) const = default;
};

/// A block of cells, both ends included, first <= last.
struct CellRange {
  Cell first, last;
  bool operator==(const CellRange&) const = default;
  [[nodiscard]] bool contains(Cell cell) const {
    return cell.row >= first.row && cell.row <= last.row && cell.column >= first.column && cell.column <= last.column;
  }
  [[nodiscard]] bool isSingle() const { return first == last; }
};

/// From any two corners.
[[nodiscard]] CellRange cellRange(Cell a, Cell b);

/// What the colours mean: ends, name, unit and map.
struct MapScale {
  double min = 0;
  double max = 1;
  QString metric;  ///< "p(top-1)"
  QString unit;    ///< "bit"; empty for none
  MapName map = MapName::Cividis;
  bool isLog = false;       ///< position by log10, as for ranks; min and max positive
  bool isReversed = false;  ///< the smallest value is the brightest, as for ranks
  bool isFitted = false;    ///< ends fitted to the data: shown with the tag "fit scale"
  bool operator==(const MapScale&) const = default;

  /// Where a value lies between the ends, clamped to [0, 1]; NaN stays NaN.
  [[nodiscard]] double position(double value) const;
  [[nodiscard]] bool isDiverging() const { return map == MapName::Diverging; }
};

/// A grid of values with words. Immutable once given to a `HeatMap`; shared, never copied.
///
/// Shapes   values [rows, columns], row 0 drawn at the bottom. NaN = not computed, drawn as hatch, or left out.
struct HeatMapData {
  HostArray values;
  std::function<QString(Cell)> word;       ///< already displayable (`displayToken`); may be empty
  std::function<QString(Cell)> valueText;  ///< at the right of wide cells; may be empty
  std::function<QString(Cell)> spoken;     ///< for the screen reader; made from labels and value when empty
  QStringList rowLabels;                   ///< "L0", ...; one a row
  QStringList columnLabels;                ///< one a column, already displayable
  QString rowName = QStringLiteral("layer");
  QString columnName = QStringLiteral("token");
  bool isHatched = true;              ///< false: where there is no value nothing is drawn; there is none to be had
  bool areShares = false;             ///< values are probabilities: the screen reader says per cent
  bool areColumnLabelsOnTop = false;  ///< Patchscope: layers above the grid
  MapScale scale;

  [[nodiscard]] int rows() const { return static_cast<int>(values.extent(0)); }
  [[nodiscard]] int columns() const { return static_cast<int>(values.extent(1)); }
  [[nodiscard]] float value(Cell cell) const { return values.at(cell.row, cell.column); }
};

}  // namespace patchbay::ui
