#pragma once

#include <QDialog>

#include "ui/state/action_registry.h"

namespace patchbay::ui {

/// Every shortcut, by menu; single letters say where they act.
class ShortcutSheet : public QDialog {
  Q_OBJECT
public:
  ShortcutSheet(const ActionRegistry& actions, QWidget* window);
};

}  // namespace patchbay::ui
