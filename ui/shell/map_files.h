#pragma once

#include <functional>
#include <string>

#include "core/data/json.h"
#include "ui/shell/desk.h"

namespace patchbay::ui {

/// Asks for a file of affine maps and reads it as a run of the current model, so that it is on the shelf of maps.
void importMap(const Desk& desk);
/// The same for a learned prompt of the future lens.
void importPrompt(const Desk& desk);
/// Asks where, and writes maps or a learned prompt of the session.
void exportMap(const Desk& desk, const std::string& hash);
/// Asks for a JSON file with a list of facts and opens it in a view of its own through `open`.
void openFactList(const Desk& desk, const std::function<void(const Json& state)>& open);
/// The same for questions in two steps.
void openHopList(const Desk& desk, const std::function<void(const Json& state)>& open);

}  // namespace patchbay::ui
