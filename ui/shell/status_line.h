#pragma once

#include <QWidget>

#include "core/data/run_record.h"
#include "ui/state/workbench.h"

class QLabel;
class QToolButton;

namespace patchbay::ui {

class MarkedLabel;
class ProgressBar;

/// The status bar: loading or model facts, selection in words, pinned, job, saved time, warnings.
class StatusLine : public QWidget {
  Q_OBJECT
public:
  explicit StatusLine(const Workbench& bench, QWidget* parent = nullptr);

Q_SIGNALS:
  void logAsked();

private:
  void build();
  void showModel();
  void showSelection();
  void showJob();
  void showSaved();
  void showWarnings();
  [[nodiscard]] QString tokenWords(RunId run, int token) const;

  Workbench m_bench;
  QLabel* m_loading = nullptr;
  ProgressBar* m_bar = nullptr;
  QLabel* m_share = nullptr;
  QLabel* m_model = nullptr;
  MarkedLabel* m_selection = nullptr;
  QWidget* m_pinnedLine = nullptr;
  MarkedLabel* m_pinned = nullptr;
  QLabel* m_job = nullptr;
  QLabel* m_saved = nullptr;
  QToolButton* m_warnings = nullptr;
};

}  // namespace patchbay::ui
