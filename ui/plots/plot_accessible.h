#pragma once

namespace patchbay::ui {

/// Makes line, bar and scatter plots charts for screen readers; their names and descriptions tell the data. May be
/// called any number of times.
void installPlotAccessibility();

}  // namespace patchbay::ui
