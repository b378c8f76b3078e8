#pragma once

#include <memory>

#include "core/data/probe.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedProbe = std::shared_ptr<const ProbeResult>;

[[nodiscard]] QString probeName(ProbeArm arm);
/// Share of texts told rightly, by layer: every probe, and the ends of the 95 % interval of one.
[[nodiscard]] std::shared_ptr<const LinePlotData> probeCurve(const ProbeResult& result, ProbeArm arm);
/// Of the texts of each label, the share that is told as each; labels by labels.
[[nodiscard]] std::shared_ptr<const HeatMapData> confusionMap(const SharedProbe& result, ProbeArm arm, int layer,
                                                              MapName map);
/// Where the probe is best, and what that is to be held against.
[[nodiscard]] QString probeStatement(const ProbeResult& result, ProbeArm arm);

/// Every text at a layer, those told wrongly first.
[[nodiscard]] ResultTable probeItems(const SharedProbe& result, const LabelledList& list, ProbeArm arm, int layer);
/// Every layer: shares with their intervals.
[[nodiscard]] ResultTable probeTable(const SharedProbe& result);

}  // namespace patchbay::ui
