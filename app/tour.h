#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <QElapsedTimer>
#include <QObject>
#include <QTemporaryDir>
#include <QTimer>

#include "app/command_line.h"
#include "app/composition.h"

class QApplication;

namespace patchbay {

class TourScript;

/// One thing the tour does, and how it knows that it is done.
struct TourBeat {
  QString step = {};                   ///< what a failure names
  std::function<void()> act = {};      ///< once, at the start
  std::function<void()> again = {};    ///< at every look while it waits: a hand that rests
  std::function<bool()> until = {};    ///< empty: at once
  QString picture = {};                ///< file name of the window's picture at the end, without number; empty: none
  bool alsoDark = false;               ///< a second picture in the dark theme
  std::function<QString()> seen = {};  ///< what the picture shows, for the printed line
};

/// Walks the main job by itself in the real window and leaves a picture of each step and the session in a folder.
///
/// It acts by keys, mouse events and actions. Settings are temporary; only FOLDER is written. A beat that does not
/// end within a minute, a run that fails and a picture that cannot be written end the tour with exit code 1.
/// Thread   GUI thread.
class Tour : public QObject {
  Q_OBJECT
public:
  /// `line.tour` names the folder; it is made if need be, and an older tour in it is replaced.
  Tour(QApplication& application, const CommandLine& line);
  ~Tour() override;

  /// Begins; `finished` follows in any case.
  void start();

Q_SIGNALS:
  void finished(int exitCode);

private:
  enum class Phase { Act, Wait, Dark };

  [[nodiscard]] bool prepareFolder();
  void open();
  void openAgain();
  void look();
  void begin(const TourBeat& beat);
  void endBeat(const TourBeat& beat);
  [[nodiscard]] bool savePicture(const QString& name);
  [[nodiscard]] QString trouble() const;
  void end(int exitCode, const QString& words);

  QApplication& m_application;
  CommandLine m_line;
  QTemporaryDir m_settings;
  std::unique_ptr<Composition> m_composition;
  std::unique_ptr<TourScript> m_script;
  std::deque<TourBeat> m_beats;
  QTimer m_timer;
  QElapsedTimer m_clock;
  Phase m_phase = Phase::Act;
  int m_quietLooks = 0;
  int m_pictures = 0;
  bool m_isOpenedAgain = false;
};

}  // namespace patchbay
