#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/data/explore.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"
#include "ui/plots/scatter_plot.h"

namespace patchbay::ui {

using SharedExplore = std::shared_ptr<const ExploreResult>;

/// "t3 ␣France", with the number of the text where there are several: "text 2, t3 ␣France".
[[nodiscard]] QString placeName(const ExploreResult& result, int place);
/// The words of a text up to a place, as the model read them.
[[nodiscard]] std::string textUpTo(const ExploreResult& result, int place);

/// Lengths, layers by places.
[[nodiscard]] std::shared_ptr<const HeatMapData> normMap(const SharedExplore& result, MapName map);
/// Length by layer: of the chosen place, and median, least and largest of each group.
[[nodiscard]] std::shared_ptr<const LinePlotData> normCurve(const SharedExplore& result, std::optional<int> place);
/// The places of a layer along two of its principal components, counted from 0.
[[nodiscard]] std::shared_ptr<const ScatterPlotData> componentPlot(const SharedExplore& result, int layer, int across,
                                                                   int up);
/// Cosines between the compared places of a layer.
[[nodiscard]] std::shared_ptr<const HeatMapData> cosineMap(const SharedExplore& result, int layer);
/// The channels that stand out, layers by rank; the colour is the share of the mean squared length.
[[nodiscard]] std::shared_ptr<const HeatMapData> channelMap(const SharedExplore& result, MapName map);

/// Every place at every layer: length, coordinates.
[[nodiscard]] ResultTable exploreTable(const SharedExplore& result);
/// Every channel of every layer.
[[nodiscard]] ResultTable channelTable(const SharedExplore& result);

}  // namespace patchbay::ui
