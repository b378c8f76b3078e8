#pragma once

#include <memory>
#include <optional>

#include "core/data/requests.h"
#include "core/data/run_record.h"
#include "ui/state/workbench.h"

namespace patchbay::ui {

/// The latest finished lens of a prompt, for the probabilities in the token strip; nothing when none is known.
/// Fetches the result from the session when it is not in memory, and is then called again by `resultReady`.
[[nodiscard]] std::shared_ptr<const LensResult> lensOf(const Workbench& bench, const Prompt& prompt);

/// The lens request of the prompt in the strip for the current model; nothing before a model is loaded.
[[nodiscard]] std::optional<LensRequest> lensRequest(const Workbench& bench);

/// The prompt of a run; nothing when its request cannot be read.
[[nodiscard]] std::optional<Prompt> promptOfRun(const Workbench& bench, RunId run);

}  // namespace patchbay::ui
