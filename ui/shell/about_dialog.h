#pragma once

#include <QDialog>

namespace patchbay::ui {

/// Name, version, licence of the program, and every library it stands on with its licence.
class AboutDialog : public QDialog {
  Q_OBJECT
public:
  AboutDialog(const QString& version, QWidget* window);
};

}  // namespace patchbay::ui
