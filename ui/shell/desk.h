#pragma once

#include "ui/panels/view_factory.h"
#include "ui/state/workbench.h"

namespace patchbay::ui {

class Dialogs;

/// What the parts of the window share: the workbench, the questions to the person, the makers of views.
struct Desk {
  Workbench bench;
  Dialogs* dialogs = nullptr;
  const ViewFactory* views = nullptr;
};

}  // namespace patchbay::ui
