#pragma once

#include <functional>
#include <string>

#include <QString>

#include "ui/shell/desk.h"

namespace patchbay::ui {

/// Asks for a file and adds its steering vector to the session. A file that is refused is told.
void importVector(const Desk& desk);
/// Adds the steering vector of a file to the session. `otherwise`, if given, is called for a file that holds no vector.
void importVectorFile(const Desk& desk, const QString& path, const std::function<void()>& otherwise = {});
/// Asks for a place and writes a vector of the session there.
void exportVector(const Desk& desk, const std::string& hash);

}  // namespace patchbay::ui
