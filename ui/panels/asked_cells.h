#pragma once

#include <optional>
#include <vector>

#include <QString>

#include "core/data/asking.h"
#include "ui/state/selection.h"

namespace patchbay::ui {

/// Reads cells as people write them: "t4-6.L15", "t4-6.L12-16, t-1.L20". Layers of one part come one behind the other.
/// Nothing when a part is not understood, is no place of the residual stream, or names no token or no layer.
[[nodiscard]] std::optional<std::vector<AskedSpan>> parseCells(const QString& text);

/// The text form of spans; neighbouring layers of the same tokens stand together.
[[nodiscard]] QString formatCells(const std::vector<AskedSpan>& spans);

/// The states of cells in all: "3 states".
[[nodiscard]] QString stateWords(const std::vector<AskedSpan>& spans);

/// The selected block of cells as spans; empty without tokens and layers.
[[nodiscard]] std::vector<AskedSpan> cellsOf(const SelectionState& selection);

}  // namespace patchbay::ui
