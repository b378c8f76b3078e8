#pragma once

#include <memory>

#include "core/data/affine_map.h"
#include "ui/models/result_table.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedMap = std::shared_ptr<const AffineMap>;

/// "L12 to L29".
[[nodiscard]] QString mapPair(const AffineMap& map, int pair);
/// "30 maps, 576 to 576 wide, least squares, 15 772 states; held-out R² .26 to .96".
[[nodiscard]] QString mapStatement(const AffineMap& map);
/// Explained variance by source layer, on the states of the fit and on held-out texts.
[[nodiscard]] std::shared_ptr<const LinePlotData> mapCurve(const AffineMap& map);
/// A row a pair.
[[nodiscard]] ResultTable mapTable(const SharedMap& map);

}  // namespace patchbay::ui
