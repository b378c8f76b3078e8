#pragma once

#include <memory>

#include "core/data/results.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// Which of four forms a Patchscope is shown in.
enum class PatchscopeForm { Cell, Column, Grid, Tokens };

/// One cell; one cell a source layer; several target layers for a source layer; or several tokens of the source.
[[nodiscard]] PatchscopeForm formOf(const PatchscopeResult& result);

/// Every cell as a row, highest layer first: lens word, patched word, generated text.
/// `answerName` heads the patched words: the title of the template.
[[nodiscard]] ResultTable patchscopeTable(const std::shared_ptr<const PatchscopeResult>& result,
                                          const QString& answerName);
/// Index into `cells` of a row of that table.
[[nodiscard]] int cellOfRow(const PatchscopeResult& result, int row);
/// Row of the table of a source layer; -1 when it has none.
[[nodiscard]] int rowOfLayer(const PatchscopeResult& result, int layer);

/// p of the source's own next token by layer: logit lens against the patched target, and p of the words asked for.
[[nodiscard]] std::shared_ptr<const LinePlotData> patchscopeCurve(const PatchscopeResult& result,
                                                                  const QString& answerName);

/// Source layers as columns, target layers as rows from the bottom; or tokens of the source as columns, its layers as
/// rows. Coloured by p of the first word, or of a word that was asked for, by its index.
[[nodiscard]] std::shared_ptr<const HeatMapData> patchscopeGrid(const std::shared_ptr<const PatchscopeResult>& result,
                                                                MapName map, int asked = -1);
/// Index into `cells` of a cell of that grid, -1 when it was not computed.
[[nodiscard]] int cellOfGrid(const PatchscopeResult& result, Cell cell);
/// The cell of that grid that a cell of the result stands in.
[[nodiscard]] Cell gridCellOf(const PatchscopeResult& result, const PatchscopeCell& cell);

/// The logit lens of a cell's source state; null when it has none yet.
[[nodiscard]] const PatchscopeCell* lensOf(const PatchscopeResult& result, const PatchscopeCell& cell);
/// What the target says without the patch, and the source itself: the controls, in words.
[[nodiscard]] QString controlWords(const PatchscopeResult& result);

}  // namespace patchbay::ui
