#pragma once

#include <QObject>
#include <QTimer>

#include "ui/shell/desk.h"

class QMainWindow;

namespace patchbay::ui {

class ViewArea;

/// Keeps in the session what is not a run: prompt draft, tabs, selection, undo history, layout; puts it back when a
/// session is opened.
class SessionKeeper : public QObject {
  Q_OBJECT
public:
  SessionKeeper(const Desk& desk, QMainWindow& window, ViewArea& views, QObject* parent = nullptr);

  /// Puts back what the session just opened holds; false when it is a new session.
  bool restore();
  /// Hands everything to the session now.
  void save();
  /// Shortly after a change; many changes make one save.
  void saveSoon();

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  Desk m_desk;
  QMainWindow& m_window;
  ViewArea& m_views;
  QTimer m_timer;
  bool m_isRestoring = false;
  bool m_isReady = false;  ///< a session was opened and put back
};

}  // namespace patchbay::ui
