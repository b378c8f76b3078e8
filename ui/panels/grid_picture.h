#pragma once

#include <memory>

#include <QString>

#include "core/data/patch_grid.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// "logit difference", "p(␣Japanese)", "KL from clean".
[[nodiscard]] QString gridMetricName(const PatchGridResult& grid);
/// A value of the metric with its unit, as hover card and statement show it.
[[nodiscard]] QString gridValueText(const PatchGridResult& grid, double value);
/// What an intervention changed: its value less that of the changed run; NaN where nothing was computed.
[[nodiscard]] double gridEffect(const PatchGridResult& grid, Cell cell);
/// The effect as a share of the way from the changed run to the other; nothing for knock-outs.
[[nodiscard]] std::optional<double> gridShare(const PatchGridResult& grid, Cell cell);
/// "t4.L12.resid_post", or "t-1.L12.H3.head_out" for a head.
[[nodiscard]] QString gridAddress(const PatchGridResult& grid, Cell cell);
/// What the whole grid shows, one sentence.
[[nodiscard]] QString gridStatement(const PatchGridResult& grid);

/// Title of the run of a grid.
[[nodiscard]] QString gridTitle(const PatchGridRequest& request);
/// Pearson's correlation of the effects of two grids of the same cells, those computed in both; nothing without any.
[[nodiscard]] std::optional<double> gridCorrelation(const PatchGridResult& a, const PatchGridResult& b);

/// Effects, zero in the middle of the colours. Ends are the distance of the two runs, or of the largest effect for
/// knock-outs, which have no other end.
[[nodiscard]] std::shared_ptr<const HeatMapData> gridMap(const std::shared_ptr<const PatchGridResult>& grid);

/// The effect of one column by layer.
[[nodiscard]] std::shared_ptr<const LinePlotData> gridCurve(const PatchGridResult& grid, int column);

/// Every cell, strongest effect first; what was not computed last.
[[nodiscard]] ResultTable gridTable(const std::shared_ptr<const PatchGridResult>& grid);

}  // namespace patchbay::ui
