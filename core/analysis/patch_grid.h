#pragma once

#include <functional>

#include "core/base/outcome.h"
#include "core/data/patch_grid.h"
#include "core/model/language_model.h"

namespace patchbay {

/// A grid of activation patches or knock-outs, computed by one sweep.
///
/// `stream` hears of every cell when it is final: its index, rows outermost, and its value; before them of the
/// two runs as they are.
/// Errors   GRID-01 a site without grid, GRID-02 no texts for the mean, GRID-03 all tokens of prompts of different
///          length, GRID-04 answer and wrong token are the same, PLACE-02, PLACE-03, those of ModelText::encode,
///          GEN-01.
/// Cancel   within each block.   Cost  sweep.h.
/// Source   Vig et al. 2020; Meng et al. 2022 (arXiv 2202.05262), section 2; Wang et al. 2022 (arXiv 2211.00593) for
///          knock-outs; methods section 1.1.
[[nodiscard]] Outcome<PatchGridResult> runPatchGrid(LanguageModel& model, const PatchGridRequest& request,
                                                    JobContext& context,
                                                    const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
