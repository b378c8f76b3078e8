#pragma once

#include <memory>

#include "core/data/soft_prompt.h"
#include "ui/models/result_table.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedPrompt = std::shared_ptr<const SoftPrompt>;

/// "next token", "+2".
[[nodiscard]] QString aheadName(int ahead);
/// What the prompt does, in a sentence: how often it is right beside the text and states of other places; while it is
/// learned the step and its loss.
[[nodiscard]] QString promptStatement(const SoftPrompt& prompt);
/// Share of right tokens by layer at one distance, of the learned prompt and both controls.
[[nodiscard]] std::shared_ptr<const LinePlotData> promptShares(const SoftPrompt& prompt, int ahead);
/// KL by step.
[[nodiscard]] std::shared_ptr<const LinePlotData> promptDescent(const SoftPrompt& prompt);
/// A row a layer and a column each for what is right at every distance; while it is learned a row a step.
[[nodiscard]] ResultTable promptTable(const SharedPrompt& prompt);

}  // namespace patchbay::ui
