#pragma once

#include "core/data/requests.h"
#include "core/data/run_record.h"

namespace patchbay::ui {

/// A lens over an intervened run: not that of the prompt as it is.
[[nodiscard]] inline bool isPatchedLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind && !record.request.value("patches", Json::array()).empty();
}

}  // namespace patchbay::ui
