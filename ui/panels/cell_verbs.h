#pragma once

#include <optional>

#include "core/data/json.h"
#include "core/data/requests.h"
#include "ui/state/selection.h"
#include "ui/state/workbench.h"

namespace patchbay::ui {

/// A cell of a run with everything a request needs to read or write its state.
struct CellSource {
  RunId run = 0;
  ModelRef model;
  Prompt prompt;
  int token = 0;
  int layer = 0;
  std::string site = "resid_post";
  std::vector<StatePatch> patches = {};  ///< that stand in the run
};

/// Why a Patchscope cannot read the selected cell although it holds a state; empty when it can.
[[nodiscard]] QString streamObstacle(const Workbench& bench, const SelectionState& state);
/// What is done with a cell: its state is read, or another is written there.
enum class CellUse { Read, Write };

/// Why the state of the selected or carried cell cannot be read again, or be written; empty when it can. A patched or
/// steered run keeps no states: reading its cells would give those of the prompt without the edit.
[[nodiscard]] QString cellObstacle(const Workbench& bench, const SelectionState& state, CellUse use = CellUse::Read);
/// The selected or carried cell; nothing when there is an obstacle.
[[nodiscard]] std::optional<CellSource> cellSource(const Workbench& bench, const SelectionState& state,
                                                   CellUse use = CellUse::Read);

/// Patchscope of a cell with the token-identity preset, ten generated tokens.
[[nodiscard]] PatchscopeRequest patchscopeOf(const CellSource& cell, bool allLayers);
/// The state of one cell in the place of another.
[[nodiscard]] PatchRequest patchOf(const CellSource& source, const CellSource& target);

/// P and Shift+P: starts the Patchscope of the selected cell and selects its run. 0 when no cell is selected.
RunId startPatchscope(const Workbench& bench, bool allLayers);
/// Writes the state of the cell `carried` at `target` and selects the new run; a carry under way ends. 0 when one of
/// them cannot be read or they are of different models, which is told.
RunId dropCarried(const Workbench& bench, const SelectionState& carried, const SelectionState& target);
/// The logit lens of the run that a patch makes, opened; 0 when the run is no patch or its model is not loaded.
RunId startLensOfPatched(const Workbench& bench, RunId run);
/// The logit lens of the prompt of a steered run with the vector at work, opened; 0 when the run is none or something
/// it needs is gone.
RunId startLensOfSteered(const Workbench& bench, RunId run);
/// A: what a view of questions shows to ask about the selected cells, for `RunView::restoreViewState`. Without cells
/// that can be asked about, nothing.
[[nodiscard]] Json askStateOf(const Workbench& bench);
/// D: takes the selected cell up, so that the next chosen cell receives it; puts it down when it is carried already.
void toggleCarry(const Workbench& bench);
/// S: what a steering view shows to steer with the selected cell, for `RunView::restoreViewState`: the text up to
/// the cell's token as positive text, and its layer. Null when no cell is selected.
[[nodiscard]] Json steeringStateOf(const Workbench& bench);

/// What stands in a patched run, one sentence a patch: "t3.L12.resid_post of “…” stands at t3.L12.resid_post".
[[nodiscard]] QStringList patchWords(const std::vector<StatePatch>& patches);

/// "steered by warm +4.0 at L14"; empty without a vector.
[[nodiscard]] QString steeringWords(const Steering& steering);

/// "#14", or "recorded" for a run that was not measured here.
[[nodiscard]] QString runName(RunId id);

}  // namespace patchbay::ui
