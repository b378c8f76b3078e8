#pragma once

#include <memory>
#include <vector>

#include "core/data/results.h"
#include "core/data/run_record.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// The followed token of one lens run at one place.
struct LensCurve {
  RunId run = 0;
  std::shared_ptr<const LensResult> lens;
  int tracked = 0;
  int token = 0;
  bool isPinned = false;
};

/// p of the followed token by layer, one line a run; the first curve gives the title. A pinned line names its token
/// and place where they are others.
[[nodiscard]] std::shared_ptr<const LinePlotData> lensCurvePlot(const std::vector<LensCurve>& curves);

}  // namespace patchbay::ui
