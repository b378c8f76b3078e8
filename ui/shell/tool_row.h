#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/state/workbench.h"

class QHBoxLayout;
class QLabel;

namespace patchbay::ui {

class ActionBinder;
class Button;
class MenuButton;

/// The toolbar: model, device, Run with its cost, Stop, undo, redo, pin and memory.
class ToolRow : public QWidget {
  Q_OBJECT
public:
  ToolRow(const Workbench& bench, ActionBinder& binder, QWidget* parent = nullptr);

private:
  Button* addAction(QHBoxLayout& row, const QString& id, const QString& words, const QString& name);
  void fillModelMenu();
  void fillDeviceMenu();
  void refresh();
  void refreshRun();
  [[nodiscard]] QString runHint() const;

  Workbench m_bench;
  ActionBinder& m_binder;
  MenuButton* m_model;
  MenuButton* m_device;
  Button* m_run;
  Button* m_stop;
  Button* m_pin = nullptr;
  QLabel* m_hint;
};

}  // namespace patchbay::ui
