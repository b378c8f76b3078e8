#pragma once

#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

class HeatMap;

/// Makes every heat map a table for screen readers: rows are layers from 0 up, columns as the data has them, and each
/// cell tells its place, word and value. May be called any number of times.
void installHeatMapAccessibility();
/// Tells that all cells of a map are others now.
void tellNewCells(HeatMap& map);
/// Tells where the cursor of a map is; nothing while the map has no keyboard focus.
void tellCurrentCell(HeatMap& map, Cell cell);

}  // namespace patchbay::ui
