#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/state/workbench.h"

class QHBoxLayout;
class QLabel;

namespace patchbay::ui {

class ActionBinder;
class Button;
class MemoryGauge;
class MenuButton;
class ViewArea;

/// The toolbar: model, device, Run with its cost, Stop, undo, redo, pin and memory.
class ToolRow : public QWidget {
  Q_OBJECT
public:
  /// `views` say what Run would start; they outlive the row's use.
  ToolRow(const Workbench& bench, ActionBinder& binder, const ViewArea& views, QWidget* parent = nullptr);

private:
  Button* addAction(QHBoxLayout& row, const QString& id, const QString& words, const QString& name);
  void fillModelMenu();
  /// Where there is a choice.
  void addDevices(QMenu& menu);
  void fillDeviceMenu();
  /// What the memory of the program is made of, below the gauge.
  void showMemory(const MemoryGauge& gauge);
  void refresh();
  void refreshRun();
  [[nodiscard]] QString runHint() const;

  Workbench m_bench;
  ActionBinder& m_binder;
  const ViewArea& m_views;
  MenuButton* m_model;
  MenuButton* m_device;
  Button* m_run;
  Button* m_stop;
  Button* m_pin = nullptr;
  QLabel* m_hint;
};

}  // namespace patchbay::ui
