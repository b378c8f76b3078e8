#pragma once

#include <memory>

#include "core/data/attribution.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedAttribution = std::shared_ptr<const AttributionResult>;

/// Columns of the map: the heads, then the MLP.
[[nodiscard]] float attributionPart(const AttributionResult& result, Cell cell);
/// "L12.H3" or "L12.mlp".
[[nodiscard]] QString attributionAddress(const AttributionResult& result, Cell cell);
/// "logit of ␣Paris less ␣London: 4.13 = embedding -.01, attention 3.75, MLPs .39".
[[nodiscard]] QString attributionStatement(const AttributionResult& result);

/// Every part, layers by heads and MLP; zero in the middle of the colours, ends fitted.
[[nodiscard]] std::shared_ptr<const HeatMapData> attributionMap(const SharedAttribution& result);
/// The sum so far by layer, and what attention and MLP of each layer add.
[[nodiscard]] std::shared_ptr<const LinePlotData> attributionCurve(const AttributionResult& result);
/// One row of tokens: where a head read its part from; without a head, all heads together.
[[nodiscard]] std::shared_ptr<const HeatMapData> attributionTokens(const SharedAttribution& result,
                                                                   std::optional<Cell> head);

/// Every part, strongest first.
[[nodiscard]] ResultTable attributionTable(const SharedAttribution& result);

}  // namespace patchbay::ui
