#pragma once

#include <vector>

#include <QWidget>

#include "core/data/json.h"
#include "core/data/run_record.h"
#include "ui/shell/desk.h"

class QSplitter;

namespace patchbay::ui {

class ActionBinder;
class RunView;
class TabPane;

/// The centre: one to four panes of tabs, side by side or below one another, at most 2 x 2. One pane is active: new
/// tabs open there.
class ViewArea : public QWidget {
  Q_OBJECT
public:
  ViewArea(const Desk& desk, ActionBinder& binder, QWidget* parent = nullptr);

  [[nodiscard]] TabPane* activePane() const { return m_active; }
  [[nodiscard]] RunView* activeView() const;
  [[nodiscard]] std::vector<TabPane*> panes() const;
  [[nodiscard]] int tabCount() const;

  /// Shows the tab of a run, made if need be, in the pane where it is or in the active one.
  RunView* openRun(RunId run);
  /// Shows the view of a kind that stands without a run; `state` is given to it first.
  RunView* openKind(const QString& kind, const Json& state = {});
  /// Whether a tab of this run is open.
  [[nodiscard]] bool shows(RunId run) const;
  void goToTab(int index);
  void closeTab();
  void closeRun(RunId run);
  void replaceRun(RunId old, RunId run);
  /// The current tab goes to a new pane at the right, or below; its view moves as it stands.
  void splitCurrent(Qt::Orientation orientation);
  [[nodiscard]] bool canSplit(Qt::Orientation orientation) const;
  /// All tabs go back to one pane, their views as they stand.
  void unsplit();
  void focusNextPane();

  /// Closes the tabs of runs that were saved: they belong to the session before.
  void forgetSession();

  [[nodiscard]] Json save() const;
  void restore(const Json& json);

Q_SIGNALS:
  /// Another view is active, or none.
  void activeViewChanged();
  /// A tab was opened, closed or moved.
  void tabsChanged();
  void newAsked(const QPoint& globalPosition);

private:
  TabPane* addPane(QSplitter* column);
  QSplitter* addColumn();
  void activate(TabPane* pane);
  void onEmptied(TabPane* pane);
  void clear();
  void showRestored(const Json& columns);
  [[nodiscard]] QSplitter* columnOf(TabPane* pane) const;
  void watchFocus(QWidget* now);
  void onCarryMoved(const QPoint& globalPosition);

  Desk m_desk;
  ActionBinder& m_binder;
  QSplitter* m_columns;
  TabPane* m_active = nullptr;
};

}  // namespace patchbay::ui
