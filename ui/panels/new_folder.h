#pragma once

#include <QString>

namespace patchbay::ui {

/// A folder of the program's data that is not there yet, in `kind`, called after `name`.
[[nodiscard]] QString newFolder(const QString& kind, const QString& name);

}  // namespace patchbay::ui
