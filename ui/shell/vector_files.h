#pragma once

#include <string>

#include "ui/shell/desk.h"

namespace patchbay::ui {

/// Asks for a file and adds its steering vector to the session. A file that is refused is told in the log.
void importVector(const Desk& desk);
/// Asks for a place and writes a vector of the session there.
void exportVector(const Desk& desk, const std::string& hash);

}  // namespace patchbay::ui
