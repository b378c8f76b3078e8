#pragma once

#include <memory>

#include "core/data/decoder_vector.h"
#include "ui/models/result_table.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedWish = std::shared_ptr<const DecoderVectorResult>;

[[nodiscard]] QString wishArmName(WishArm arm, bool isAdapter = false);
/// The decoder's loss of the wished answer, and the divergence from the plain model, by step.
[[nodiscard]] std::shared_ptr<const LinePlotData> descentPlot(const DecoderVectorResult& result);
/// What the figures allow to say.
[[nodiscard]] QString wishStatement(const DecoderVectorResult& result);
/// One row an arm: how much more its texts fulfil the wish than those of the plain model, and their perplexity.
[[nodiscard]] ResultTable wishArmTable(const SharedWish& result);
/// One row a held-out prompt, one column an arm.
[[nodiscard]] ResultTable wishTextTable(const SharedWish& result);
/// Every step of the descent.
[[nodiscard]] ResultTable descentTable(const SharedWish& result);

}  // namespace patchbay::ui
