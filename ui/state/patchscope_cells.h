#pragma once

#include <vector>

#include "core/data/requests.h"
#include "core/data/results.h"

namespace patchbay::ui {

/// The cells of a Patchscope in the order of their lanes, nothing in them yet: token by token of the source where every
/// one is read, then source layer by target layer. Without target layers each state is written where it was read.
///
/// tokens   of the source.   layers  of its model, and of the one that is written into.
[[nodiscard]] std::vector<PatchscopeCell> emptyCells(const PatchscopeRequest& request, int tokens, int layers,
                                                     int targetLayers);

}  // namespace patchbay::ui
