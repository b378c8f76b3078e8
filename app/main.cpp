#include <QApplication>

#include "app/command_line.h"
#include "app/composition.h"
#include "ui/shell/main_window.h"
#include "ui/state/settings.h"

int main(int argc, char** argv) {
  const patchbay::CommandLine line = patchbay::readCommandLine(argc, argv);
  QCoreApplication::setApplicationName(QStringLiteral("Patchbay"));
  QCoreApplication::setOrganizationName(QStringLiteral("Patchbay"));
  {
    // Qt reads the scale once, when the application is made.
    const patchbay::ui::Settings settings(line.settings.isEmpty() ? patchbay::Composition::settingsPath() : line.settings);
    if (settings.scalePercent() != 100) qputenv("QT_SCALE_FACTOR", QByteArray::number(settings.scalePercent() / 100.0));
  }
  QApplication application(argc, argv);
  patchbay::Composition composition(application, line);
  QObject::connect(&composition.window(), &patchbay::ui::MainWindow::closed, &application, &QApplication::quit);
  composition.show();
  return QApplication::exec();
}
