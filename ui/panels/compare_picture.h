#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/data/any_request.h"
#include "ui/models/result_table.h"
#include "ui/panels/lens_picture.h"
#include "ui/plots/heat_map_data.h"
#include "ui/state/run_book.h"

namespace patchbay::ui {

/// A run as a map that can be held against another of its kind.
struct ComparedMap {
  std::shared_ptr<const HeatMapData> data;
  /// What the columns are, so that those of two prompts find each other; empty where columns are no tokens.
  std::vector<std::int32_t> tokenIds;
  QString measure;
};

/// Whether runs of this kind are maps.
[[nodiscard]] bool canCompareMaps(const std::string& kind);
/// Fetches the result if it is not in memory; nothing while it is not there, and for kinds without a map. `look` is for
/// lenses.
[[nodiscard]] std::optional<ComparedMap> comparedMap(RunBook& runs, RunId run, const LensLook& look);

/// Two maps of one kind and what lies between them.
struct Comparison {
  ComparedMap a, b;                               ///< on one scale
  std::shared_ptr<const HeatMapData> difference;  ///< b less a, the cells of b; NaN where a has no such cell
  std::vector<int> rows, columns;                 ///< for each row and column of b that of a, -1 for none
};
[[nodiscard]] Comparison compare(ComparedMap a, ComparedMap b);

/// One field in which two requests differ: where it stands, and both values as JSON.
struct FieldDifference {
  QString field, a, b;
};
/// Fields are named by their way from the top: "prompt.text", "layers[2]". Lists of different length are one field.
[[nodiscard]] std::vector<FieldDifference> differingFields(const Json& a, const Json& b);

/// Every cell with both values and their difference.
[[nodiscard]] ResultTable comparisonTable(const std::shared_ptr<const Comparison>& comparison);

}  // namespace patchbay::ui
