#pragma once

#include <QObject>

#include "core/data/run_record.h"
#include "ui/shell/desk.h"

namespace patchbay::ui {

class ViewArea;

/// The first picture of an empty session: a recorded run, measured again and replaced when the model is ready.
class FirstRun : public QObject {
  Q_OBJECT
public:
  FirstRun(const Desk& desk, ViewArea& views, QObject* parent = nullptr);

  /// Shows the recorded run. Nothing happens without the resource.
  void show();
  [[nodiscard]] bool isShown() const { return m_recorded != 0; }
  /// Measures again once model and session are ready; called whenever one of them may have become so.
  void tryReplace();
  /// Takes the recorded run away, if it is there.
  void dismiss();

private:
  void onResult(RunId run);

  Desk m_desk;
  ViewArea& m_views;
  RunId m_recorded = 0;
  RunId m_measured = 0;
};

}  // namespace patchbay::ui
