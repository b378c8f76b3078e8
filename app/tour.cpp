#include "app/tour.h"

#include <chrono>
#include <iostream>
#include <utility>

#include <QApplication>
#include <QDir>

#include "app/tour_script.h"
#include "ui/shell/main_window.h"
#include "ui/state/run_book.h"

namespace patchbay {
namespace {

constexpr std::chrono::milliseconds kLook{20};
constexpr std::chrono::seconds kLimit{60};
/// A picture is taken when the window has been ready this many looks in a row: queued repaints are then through.
constexpr int kQuietLooks = 3;

const QString kSession = QStringLiteral("tour.patchbay");

QString numbered(int number, const QString& name) {
  return QStringLiteral("%1-%2.png").arg(number, 2, 10, QLatin1Char('0')).arg(name);
}

}  // namespace

Tour::Tour(QApplication& application, const CommandLine& line) : m_application(application), m_line(line) {
  m_line.tour = QDir(m_line.tour).absolutePath();
  m_line.settings = m_settings.filePath(QStringLiteral("tour.ini"));
  m_line.session = QDir(m_line.tour).filePath(kSession);
  m_timer.setInterval(kLook);
  connect(&m_timer, &QTimer::timeout, this, &Tour::look);
}

Tour::~Tour() = default;

bool Tour::prepareFolder() {
  QDir folder(m_line.tour);
  if (!m_settings.isValid() || !folder.mkpath(QStringLiteral("."))) return false;
  for (const char* ending : {"", "-wal", "-shm"}) {
    const QString file = m_line.session + QLatin1String(ending);
    if (QFile::exists(file) && !QFile::remove(file)) return false;
  }
  return true;
}

void Tour::start() {
  if (!prepareFolder()) {
    end(1, tr("cannot write into %1").arg(m_line.tour));
    return;
  }
  ui::Settings(m_line.settings).setTheme(ui::ThemeChoice::Light);
  // The window is closed in the middle of the walk.
  QApplication::setQuitOnLastWindowClosed(false);
  open();
  m_script->addMainJob(m_beats);
  m_timer.start();
}

void Tour::open() {
  m_composition = std::make_unique<Composition>(m_application, m_line);
  m_script = std::make_unique<TourScript>(*m_composition);
  m_composition->show();
}

void Tour::openAgain() {
  m_isOpenedAgain = true;
  const auto before = std::move(m_script);
  m_composition.reset();
  open();
  m_script->addReturn(m_beats, *before);
}

QString Tour::trouble() const {
  const ui::Workbench& bench = m_composition->bench();
  if (const auto& error = bench.models->lastError()) return QString::fromStdString(error->message());
  for (const auto& [id, record] : bench.runs->records()) {
    if (record.status == RunStatus::Failed && record.error) return QString::fromStdString(record.error->message());
  }
  return {};
}

void Tour::look() {
  if (m_beats.empty() && !m_isOpenedAgain) openAgain();
  if (m_beats.empty()) {
    end(0, {});
    return;
  }
  const TourBeat& beat = m_beats.front();
  if (m_phase == Phase::Act) begin(beat);
  const QString problem = trouble();
  if (!problem.isEmpty()) {
    end(1, tr("step \"%1\" failed: %2").arg(beat.step, problem));
    return;
  }
  if (beat.again && m_phase == Phase::Wait) beat.again();
  const bool isReady = !beat.until || beat.until();
  m_quietLooks = isReady ? m_quietLooks + 1 : 0;
  if (m_quietLooks >= (beat.picture.isEmpty() ? 1 : kQuietLooks)) {
    endBeat(beat);
  } else if (std::chrono::milliseconds(m_clock.elapsed()) > kLimit) {
    end(1, tr("step \"%1\" did not finish within %2 s").arg(beat.step).arg(kLimit.count()));
  }
}

void Tour::begin(const TourBeat& beat) {
  m_clock.start();
  m_quietLooks = 0;
  m_phase = Phase::Wait;
  if (beat.act) beat.act();
}

void Tour::endBeat(const TourBeat& beat) {
  ui::Settings& settings = *m_composition->bench().settings;
  if (!beat.picture.isEmpty()) {
    const bool isDark = m_phase == Phase::Dark;
    if (!isDark) ++m_pictures;
    const QString name = numbered(m_pictures, isDark ? beat.picture + QStringLiteral("-dark") : beat.picture);
    if (!savePicture(name)) return;
    std::cout << name.toStdString() << "  " << (isDark ? tr("the same in the dark theme") : beat.seen()).toStdString()
              << std::endl;
    if (beat.alsoDark && !isDark) {
      m_phase = Phase::Dark;
      m_quietLooks = 0;
      settings.setTheme(ui::ThemeChoice::Dark);
      return;
    }
    if (isDark) settings.setTheme(ui::ThemeChoice::Light);
  }
  m_beats.pop_front();
  m_phase = Phase::Act;
}

bool Tour::savePicture(const QString& name) {
  const QString path = QDir(m_line.tour).filePath(name);
  if (m_composition->window().grab().save(path)) return true;
  end(1, tr("cannot write %1").arg(path));
  return false;
}

void Tour::end(int exitCode, const QString& words) {
  m_timer.stop();
  if (exitCode != 0) std::cerr << tr("tour: %1").arg(words).toStdString() << std::endl;
  Q_EMIT finished(exitCode);
}

}  // namespace patchbay
