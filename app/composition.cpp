#include "app/composition.h"

#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include "core/base/log.h"
#include "ui/panels/inspector_panel.h"
#include "ui/panels/view_catalogue.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/main_window.h"

namespace patchbay {
namespace {

const QString kAttempts = QStringLiteral("models/attempts");
constexpr int kMostAttempts = 2;

}  // namespace

QString Composition::settingsPath() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation))
      .filePath(QStringLiteral("patchbay.ini"));
}

QString Composition::reportFolder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath(QStringLiteral("reports"));
}

Composition::Composition(QApplication& application, const CommandLine& line)
    : m_application(application),
      m_line(line),
      m_systemTheme(ui::systemThemeKind()),
      m_settings(line.settings.isEmpty() ? settingsPath() : line.settings),
      m_engineClient(m_engine),
      m_models(m_engineClient, m_settings),
      m_runs(m_engineClient, m_session),
      m_vectors(m_session),
      m_maps(m_runs),
      m_decoders(m_runs),
      m_prompt(m_engineClient, m_models) {
  m_desk.bench = {&m_engineClient, &m_session, &m_settings, &m_models, &m_runs, &m_vectors, &m_selection,
                  &m_prompt,       &m_actions, &m_undo,     &m_carry,  &m_log,  &m_maps,    &m_decoders};
  m_desk.views = &m_views;
  m_runs.setProgramVersion(PATCHBAY_VERSION);
  m_runs.setVectorSource([this](const std::string& hash) { return m_vectors.numbers(hash); });
  ui::addViews(m_views);
  dress();
  const ui::PanelMakers makers{.inspector = [](const ui::Workbench& bench, QWidget* parent) -> QWidget* {
    return new ui::InspectorPanel(bench, parent);
  }};
  m_window = std::make_unique<ui::MainWindow>(m_desk, makers, QStringLiteral(PATCHBAY_VERSION));
  m_dialogs = new ui::WindowDialogs(m_window.get());
  m_window->setDialogs(*m_dialogs);
  m_sessionPath = chooseSession();
  connect(&m_settings, &ui::Settings::changed, this, [this](const QString& key) {
    if (key.startsWith(QLatin1String("appearance/"))) dress();
  });
  connect(m_window.get(), &ui::MainWindow::firstPainted, this, &Composition::openEverything);
  if (qEnvironmentVariableIntValue("PATCHBAY_WATCHDOG") != 0) startWatchdog();
}

Composition::~Composition() {
  if (m_watchdog) {
    m_watchdog->stop();
    log(LogLevel::Info, "the window was blocked over 50 ms " + std::to_string(m_watchdog->blocks()) + " times");
  }
}

void Composition::dress() {
  ui::Appearance appearance;
  appearance.kind = m_systemTheme;
  if (m_settings.theme() == ui::ThemeChoice::Light) appearance.kind = ui::ThemeKind::Light;
  if (m_settings.theme() == ui::ThemeChoice::Dark) appearance.kind = ui::ThemeKind::Dark;
  appearance.isRoomy = m_settings.density() == ui::Density::Roomy;
  appearance.useSystemFonts = m_settings.usesSystemFonts();
  appearance.reduceMotion = m_settings.reducedMotion();
  ui::applyTheme(m_application, appearance);
}

QString Composition::chooseSession() const {
  if (!m_line.session.isEmpty()) return QFileInfo(m_line.session).absoluteFilePath();
  const QStringList recent = m_settings.recentSessions();
  if (!recent.isEmpty() && QFileInfo::exists(recent.front())) return recent.front();
  const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation));
  return folder.filePath(tr("My first session") + QStringLiteral(".patchbay"));
}

void Composition::startWatchdog() {
  if (m_watchdog) return;
  m_watchdog = std::make_unique<ui::Watchdog>();
  // From the first paint on: before it there is no window to block.
  connect(m_window.get(), &ui::MainWindow::firstPainted, m_watchdog.get(), &ui::Watchdog::start);
}

void Composition::show() {
  if (!QFileInfo::exists(m_sessionPath)) m_window->showFirstRun();
  m_window->show();
}

void Composition::openEverything() {
  QDir().mkpath(QFileInfo(m_sessionPath).path());
  m_session.open(m_sessionPath);
  loadModel();
}

void Composition::loadModel() {
  if (m_settings.threads() > 0) m_engineClient.setThreadCount(m_settings.threads());
  if (!m_line.model.isEmpty()) {
    m_models.load(m_line.model);
    return;
  }
  const int attempts = m_settings.value(kAttempts, 0).toInt();
  if (attempts >= kMostAttempts) {
    log(LogLevel::Warning,
        "loading the last model ended the program twice; it was not loaded again. Open a model from the Model menu.");
    m_settings.setValue(kAttempts, 0);
    return;
  }
  m_settings.setValue(kAttempts, attempts + 1);
  connect(&m_models, &ui::ModelShelf::loadingChanged, this, [this] {
    if (!m_models.isLoading()) m_settings.setValue(kAttempts, 0);
  });
  const QString last = m_models.lastPath();
  m_models.load(QFileInfo::exists(last) ? last : QStringLiteral("default"));
}

}  // namespace patchbay
