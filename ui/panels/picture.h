#pragma once

#include "ui/models/result_table.h"
#include "ui/plots/figure.h"

namespace patchbay::ui {

/// A heading and paragraphs in the light theme; `width` in logical pixels. The text may use the simple HTML of
/// QTextDocument.
[[nodiscard]] Figure textFigure(const QString& html, int width);

/// A table in the light theme.
[[nodiscard]] Figure tableFigure(const ResultTable& table, int width);

}  // namespace patchbay::ui
