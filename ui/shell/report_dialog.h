#pragma once

#include <QDialog>

namespace patchbay::ui {

class Dialogs;

/// The report of a program that ended in the middle, to read, copy or save before it is passed on.
class ReportDialog : public QDialog {
  Q_OBJECT
public:
  /// `path` is the report's file, which stays where it is.
  ReportDialog(const QString& path, Dialogs& dialogs, QWidget* window);
};

}  // namespace patchbay::ui
