#pragma once

#include <memory>

#include "core/data/patchscope_list.h"
#include "ui/models/result_table.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// What the curves of a list say. Contains: the generated text has an answer in it. FirstToken: the likeliest token
/// begins one (precision@1). Surprisal: bits of the likeliest beginning of an answer.
enum class ListMeasure { Contains, FirstToken, Surprisal };

using SharedList = std::shared_ptr<const PatchscopeListResult>;

[[nodiscard]] QString listMeasureName(ListMeasure measure);
/// Whether the list was run with generated text.
[[nodiscard]] bool hasText(const PatchscopeListResult& list);
/// Mean over the items of one arm at one place of `layers`; and of the target's text alone.
[[nodiscard]] double listMean(const PatchscopeListResult& list, ListMeasure measure, ListArm arm, int layerIndex);
[[nodiscard]] double textOnlyMean(const PatchscopeListResult& list, ListMeasure measure);
/// Where the patched curve is best: place in `layers`.
[[nodiscard]] int bestLayer(const PatchscopeListResult& list, ListMeasure measure);
/// "35 of 70 items known. Best at L12: contains the answer .43; random direction .02, unrelated item .03, text alone
/// .00".
[[nodiscard]] QString listStatement(const PatchscopeListResult& list, ListMeasure measure);

/// The patched curve and its three controls.
[[nodiscard]] std::shared_ptr<const LinePlotData> listCurve(const PatchscopeListResult& list, ListMeasure measure);
/// Every item at one place of `layers`: subject, answer, what was said.
[[nodiscard]] ResultTable listItems(const SharedList& list, const FactList& facts, int layerIndex);
/// The curves as numbers, a row a layer.
[[nodiscard]] ResultTable listTable(const SharedList& list);

}  // namespace patchbay::ui
