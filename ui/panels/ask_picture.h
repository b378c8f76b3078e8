#pragma once

#include <memory>

#include <QString>

#include "core/data/asking.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

using SharedAnswer = std::shared_ptr<const AskResult>;

/// "Random cell"
[[nodiscard]] QString controlName(AskControl control);
/// Name of its icon.
[[nodiscard]] QString controlIcon(AskControl control);
/// What was read instead, for a tooltip.
[[nodiscard]] QString controlTip(const ControlAnswer& control);

/// The sentence that the controls allow; empty without controls.
[[nodiscard]] QString verdictWords(const AskResult& result);

/// "8 tokens · mean p .49"
[[nodiscard]] QString answerFacts(const Generation& generation);

/// The answers of a question at all layers as one row of cells: first words, coloured by the probability that the first
/// token of the answer at the chosen layer has there.
[[nodiscard]] std::shared_ptr<const HeatMapData> layerStrip(const SharedAnswer& result, int reference, MapName map);
/// The token whose probability that strip shows.
[[nodiscard]] QString stripToken(const AskResult& result, int reference);

/// Every answer with its words and numbers.
[[nodiscard]] ResultTable askTable(const SharedAnswer& result);

/// Question, answers and verdict as simple HTML, for figures and the clipboard.
[[nodiscard]] QString askHtml(const AskRequest& request, const AskResult& result);

}  // namespace patchbay::ui
