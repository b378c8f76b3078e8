#pragma once

#include <QDialog>

#include "ui/state/action_registry.h"

class QTreeWidget;

namespace patchbay::ui {

/// Every shortcut, by menu, and the keys of plots and rows of tokens, which are no actions; single letters say where
/// they act. A field above the list filters it.
class ShortcutSheet : public QDialog {
  Q_OBJECT
public:
  ShortcutSheet(const ActionRegistry& actions, QWidget* window);

private:
  void addActions(const ActionRegistry& actions);
  void addViewKeys();
  /// Keeps the rows that hold all words of `text` in any column.
  void filter(const QString& text);

  QTreeWidget* m_list;
};

}  // namespace patchbay::ui
