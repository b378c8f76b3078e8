#pragma once

#include <memory>

#include "core/data/results.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// Which of three forms a Patchscope is shown in.
enum class PatchscopeForm { Cell, Column, Grid };

/// One cell; one cell a source layer; or several target layers for a source layer.
[[nodiscard]] PatchscopeForm formOf(const PatchscopeResult& result);

/// Every cell as a row, highest layer first: lens word, patched word, generated text.
/// `answerName` heads the patched words: the title of the template.
[[nodiscard]] ResultTable patchscopeTable(const std::shared_ptr<const PatchscopeResult>& result,
                                          const QString& answerName);
/// Index into `cells` of a row of that table.
[[nodiscard]] int cellOfRow(const PatchscopeResult& result, int row);
/// Row of the table of a source layer; -1 when it has none.
[[nodiscard]] int rowOfLayer(const PatchscopeResult& result, int layer);

/// p of the source's own next token by layer: logit lens against the patched target.
[[nodiscard]] std::shared_ptr<const LinePlotData> patchscopeCurve(const PatchscopeResult& result,
                                                                  const QString& answerName);

/// Source layers as columns, target layers as rows from the bottom; p of the first word.
[[nodiscard]] std::shared_ptr<const HeatMapData> patchscopeGrid(const std::shared_ptr<const PatchscopeResult>& result,
                                                                MapName map);
/// Index into `cells` of a cell of that grid, -1 when it was not computed.
[[nodiscard]] int cellOfGrid(const PatchscopeResult& result, Cell cell);

/// The logit lens of a cell's source state; null when it has none yet.
[[nodiscard]] const PatchscopeCell* lensOf(const PatchscopeResult& result, int sourceLayer);

}  // namespace patchbay::ui
