#pragma once

#include <QWidget>

#include "core/data/run_record.h"
#include "ui/shell/desk.h"

class QStackedWidget;
class QTreeView;

namespace patchbay::ui {

class ActionBinder;
class RunTreeModel;
class SectionHeader;

/// The dock Runs: session, runs, derived runs; click shows a run, context menu and keys act on it.
class RunsPanel : public QWidget {
  Q_OBJECT
public:
  RunsPanel(const Desk& desk, ActionBinder& binder, QWidget* parent = nullptr);

  /// Title row for the dock.
  [[nodiscard]] SectionHeader* header() const { return m_header; }
  /// Run of the current row, 0 for none.
  [[nodiscard]] RunId currentRun() const;
  void rename();
  [[nodiscard]] RunTreeModel& model() { return *m_model; }

Q_SIGNALS:
  void openAsked(patchbay::RunId run);
  void newRunAsked();

private:
  void showMenu(const QPoint& position);
  void follow();
  void refreshCount();

  Desk m_desk;
  ActionBinder& m_binder;
  SectionHeader* m_header;
  RunTreeModel* m_model;
  QStackedWidget* m_stack;
  QTreeView* m_tree;
};

}  // namespace patchbay::ui
