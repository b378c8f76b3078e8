#pragma once

#include <chrono>
#include <functional>
#include <map>

#include <QMainWindow>
#include <QPointer>
#include <QTimer>

#include "core/data/prompt.h"
#include "ui/shell/window_parts.h"
#include "ui/state/selection.h"

class QDockWidget;
class QMenu;

namespace patchbay::ui {

class ActionBinder;
class ErrorPanel;
class FirstRun;
class JobsLine;
class LibraryPanel;
class LogPanel;
class SectionHeader;
class WarningStrip;

/// Makes the panels the window does not know by type.
struct PanelMakers {
  std::function<QWidget*(const Workbench&, QWidget* parent)> inspector;
};

/// The window: places menus, strips, docks and the views, and joins them. It computes nothing and stores nothing.
class MainWindow : public QMainWindow {
  Q_OBJECT
public:
  MainWindow(const Desk& desk, const PanelMakers& makers, const QString& version);
  ~MainWindow() override;

  /// Asks for the window's questions to be answered by `dialogs`: tests.
  void setDialogs(Dialogs& dialogs) { m_parts.desk.dialogs = &dialogs; }
  /// Shows the recorded first run now: called before the first paint of a session that does not exist yet.
  void showFirstRun();
  /// Says that the program ended in the middle the last time, and offers the report of it.
  void offerReport(const QString& path);
  [[nodiscard]] ViewArea& views() { return *m_parts.views; }
  [[nodiscard]] const WindowParts& parts() const { return m_parts; }
  /// Docks and sizes as in a new session.
  void resetLayout();

Q_SIGNALS:
  /// The window has been shown on screen for the first time.
  void firstPainted();
  /// Everything is saved and the window may go.
  void closed();

protected:
  void keyPressEvent(QKeyEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

private:
  void registerActions();
  void buildHead();
  void buildCentre();
  void buildDocks(const PanelMakers& makers);
  QDockWidget* addDock(const char* name, const QString& title, QWidget* content, QWidget* header,
                       Qt::DockWidgetArea area);
  void buildStatus();
  void connectState();
  void connectSession();
  void applyRoom();
  /// Runs changes of what is shown, after which Library and Notes are as high as before.
  void keepingHeights(const std::function<void()>& change);
  /// The form of the active view, or the prompt, in the head of the window.
  void showTopForm();
  void showTop(QWidget* form);
  void fillNewMenu(const QPoint& at);
  void fillRecent(QMenu& menu, bool models);
  void onActiveView();
  void onSelection();
  void onSessionOpened();
  [[nodiscard]] RunId activeRun() const;
  void showWarnings();
  /// A line above the views; a passing one goes by itself.
  void showNotice(const QString& sentence, bool isPassing);
  void showTokenMenu(const QPoint& globalPosition);
  void showModelError();
  void refreshTitle();
  void cyclePanels(bool forward);
  void showLog();

  WindowParts m_parts;
  ActionBinder* m_binder = nullptr;
  FirstRun* m_firstRun = nullptr;
  WarningStrip* m_readOnly = nullptr;
  WarningStrip* m_saveTrouble = nullptr;
  WarningStrip* m_notice = nullptr;
  WarningStrip* m_ended = nullptr;
  QTimer m_noticeEnd;
  ErrorPanel* m_modelError = nullptr;
  JobsLine* m_jobs = nullptr;
  QWidget* m_topArea = nullptr;
  int m_libraryHeight = 0;  ///< as last seen; 0 before that
  int m_notesHeight = 0;
  QPointer<QWidget> m_topForm;  ///< of the active view; views own it
  RunId m_shownRun = 0;
  std::map<RunId, std::chrono::steady_clock::time_point> m_begun;  ///< runs under way
  /// What each run's tab was last left with, while the window lives.
  std::map<RunId, SelectionState> m_places;
  std::map<RunId, Prompt> m_drafts;
  bool m_isPainted = false;
  bool m_isClosing = false;
  bool m_isClosed = false;
  bool m_isFollowing = false;
};

}  // namespace patchbay::ui
