#pragma once

#include <QTimer>
#include <QWidget>

#include "core/jobs/job_queue.h"
#include "ui/state/workbench.h"

class QLabel;

namespace patchbay::ui {

class Button;
class EngineClient;
class ProgressBar;

/// Holds the job that runs, or lets it go on; nothing while none does.
void togglePause(EngineClient& engine);

/// One line on the job that runs: title, bar, count, time left, Pause for long ones, Cancel. Its "Jobs" button lists
/// all of them, the waiting ones too, each to be paused, put first or cancelled. Gone while nothing runs.
class JobsLine : public QWidget {
  Q_OBJECT
public:
  explicit JobsLine(const Workbench& bench, QWidget* parent = nullptr);

Q_SIGNALS:
  /// The line has something to say, or no longer.
  void wantedChanged(bool wanted);
  void logAsked();

private:
  void refresh();
  void showList();

  Workbench m_bench;
  Button* m_count;
  QLabel* m_title;
  ProgressBar* m_bar;
  QLabel* m_share;
  QLabel* m_detail;
  Button* m_pause;
  Button* m_cancel;
  JobId m_longJob = 0;  ///< the last one that takes long enough to be paused
  QTimer m_patience;
  bool m_isWanted = false;
};

}  // namespace patchbay::ui
