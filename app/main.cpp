#include <QApplication>
#include <QSysInfo>

#include "app/command_line.h"
#include "app/composition.h"
#include "app/crash_record.h"
#include "app/tour.h"
#include "core/base/memory.h"
#include "ui/shell/main_window.h"
#include "ui/state/settings.h"

namespace {

int walk(QApplication& application, const patchbay::CommandLine& line) {
  patchbay::Tour tour(application, line);
  // Queued: a tour that cannot begin ends before the event loop runs.
  QObject::connect(
      &tour, &patchbay::Tour::finished, &application, [](int code) { QApplication::exit(code); }, Qt::QueuedConnection);
  tour.start();
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  patchbay::keepFreedMemory();
  const patchbay::CommandLine line = patchbay::readCommandLine(argc, argv);
  QCoreApplication::setApplicationName(QStringLiteral("Patchbay"));
  QCoreApplication::setOrganizationName(QStringLiteral("Patchbay"));
  // A tour's pictures have the same size everywhere.
  if (line.tour.isEmpty()) {
    // Qt reads the scale once, when the application is made.
    const patchbay::ui::Settings settings(line.settings.isEmpty() ? patchbay::Composition::settingsPath()
                                                                  : line.settings);
    if (settings.scalePercent() != 100) qputenv("QT_SCALE_FACTOR", QByteArray::number(settings.scalePercent() / 100.0));
  }
  QApplication application(argc, argv);
  if (!line.tour.isEmpty()) return walk(application, line);
  const QString reports = patchbay::Composition::reportFolder();
  const QString report = patchbay::CrashRecord::takeNew(reports);
  const patchbay::CrashRecord record(reports,
                                     QStringLiteral("Patchbay %1, Qt %2\n%3, %4\n")
                                         .arg(QStringLiteral(PATCHBAY_VERSION), QString::fromLatin1(qVersion()),
                                              QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture()));
  patchbay::Composition composition(application, line);
  if (!report.isEmpty()) composition.window().offerReport(report);
  QObject::connect(&composition.window(), &patchbay::ui::MainWindow::closed, &application, &QApplication::quit);
  composition.show();
  return QApplication::exec();
}
