#pragma once

#include <QDialog>

#include "ui/state/workbench.h"

class QFormLayout;

namespace patchbay::ui {

/// Settings, applied at once: threads, theme, colour map, scale, density, fonts, motion.
class SettingsDialog : public QDialog {
  Q_OBJECT
public:
  SettingsDialog(const Workbench& bench, QWidget* window);

private:
  void addAppearance(QFormLayout& form);
  /// What trainings keep on disk, and a way to delete it.
  void addKeptStates(QFormLayout& form);
  void addDevice(QFormLayout& form);

  Workbench m_bench;
};

}  // namespace patchbay::ui
