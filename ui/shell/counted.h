#pragma once

#include <QString>

namespace patchbay::ui {

/// "1 token", "5 tokens": `many` holds %1. English has no translation file that could choose the form.
[[nodiscard]] inline QString counted(int count, const QString& one, const QString& many) {
  return count == 1 ? one : many.arg(count);
}

}  // namespace patchbay::ui
