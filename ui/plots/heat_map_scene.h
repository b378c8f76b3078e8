#pragma once

#include <QtCore/QRectF>

#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/grid_layout.h"
#include "ui/plots/heat_map_data.h"
#include "ui/widgets/theme_tokens.h"

class QPainter;

namespace patchbay::ui {

class TokenPen;

/// Everything a heat map paints, as values, and the painting itself. Private to the plots folder.
struct HeatMapScene {
  std::shared_ptr<const HeatMapData> data;
  GridLayout layout;
  const ThemeTokens* tokens = nullptr;
  ColourMap map;
  bool isEnabled = true;
  bool showsFocus = false;
  std::optional<CellRange> selection;
  std::optional<Cell> current;
  std::optional<Cell> pinned;
  std::optional<Cell> hovered;
  std::optional<int> markedColumn;
  bool paintsColours = false;  ///< for figures: cells as shapes, where the screen shows one picture of them

  /// Position of each shown cell on the scale, largest of a bin, NaN where nothing is computed.
  /// Shapes   [shownRows, shownColumns], row 0 at the bottom.
  [[nodiscard]] std::vector<double> positions() const;

  void paintHatch(QPainter& painter) const;  ///< under the colours
  void paintWords(QPainter& painter) const;  ///< separators and words
  void paintLabels(QPainter& painter) const;
  void paintMarks(QPainter& painter) const;  ///< selection, pin, hover, focus

private:
  void paintColours(QPainter& painter) const;
  void paintRowLabels(QPainter& painter) const;
  void paintColumnLabels(QPainter& painter) const;
  void paintWord(QPainter& painter, TokenPen& pen, Cell cell) const;
  void paintBox(QPainter& painter, const QRect& around) const;
  void paintPin(QPainter& painter) const;
};

}  // namespace patchbay::ui
