#pragma once

namespace patchbay::ui {

class ViewFactory;

/// Adds every view of this folder to the factory, each under the kind of run it shows.
void addViews(ViewFactory& factory);

}  // namespace patchbay::ui
