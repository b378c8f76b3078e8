#pragma once

#include <optional>
#include <vector>

#include <QString>

namespace patchbay::ui {

/// Reads a layers field: "24", "0-28", "3-7, 9", "0-28/4" (every 4th), "-1" for the last one. Layers come sorted,
/// each once. Nothing when the text is not understood or names a layer outside 0 to `layers` - 1.
[[nodiscard]] std::optional<std::vector<int>> parseLayers(const QString& text, int layers);

/// The text form of a layer list: runs of neighbours as ranges, "3-7, 9"; "" for none.
[[nodiscard]] QString formatLayers(const std::vector<int>& layers);

}  // namespace patchbay::ui
