#pragma once

#include "core/data/json.h"

namespace patchbay::ui {

/// The tabs a session keeps, as `ViewArea::save` writes them: {"columns": [{"rows": [{"tabs": [{"kind", "run",
/// "view"}], "current"}], "sizes"}], "sizes", "active"}. A session file may come from anywhere: parts of another type
/// are left out. Null when nothing is understood.
[[nodiscard]] Json keptTabs(const Json& json);

}  // namespace patchbay::ui
