#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QWidget>

#include "core/data/json.h"
#include "core/data/run_record.h"
#include "ui/shell/desk.h"
#include "ui/shell/tab_place.h"

class QSplitter;

namespace patchbay::ui {

class ActionBinder;
class RunView;
class TabDrag;
class TabPane;

/// The centre: one to four panes of tabs, side by side or below one another, at most 2 x 2. One pane is active: new
/// tabs open there. A tab dragged to an edge of a pane splits it there, one dragged onto other tabs goes among them.
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
  /// Shows the tab whose view has this name in stored edits; null when none is open.
  RunView* openEdited(const std::string& editId);
  /// Whether a tab of this run is open.
  [[nodiscard]] bool shows(RunId run) const;
  void goToTab(int index);
  void closeTab();
  void closeRun(RunId run);
  void replaceRun(RunId old, RunId run);
  /// The current tab goes to a new pane at the right, or below; its view moves as it stands.
  void splitCurrent(Qt::Orientation orientation);
  [[nodiscard]] bool canSplit(Qt::Orientation orientation) const;
  /// Where a tab of `from` would go when it is dropped here; nullopt where it would stay.
  [[nodiscard]] std::optional<TabPlace> placeAt(const QPoint& globalPosition, const TabPane& from) const;
  /// The area that a tab would take there, or a line between tabs; in coordinates of this widget.
  [[nodiscard]] QRect zoneOf(const TabPlace& place) const;
  /// A tab goes to another place; its view moves as it stands and becomes the active one.
  void moveTab(TabPane* from, int index, const TabPlace& place);
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
  /// Brings the tab that `find` gives in some pane to the front; null when there is none.
  RunView* showFound(const std::function<int(const TabPane&)>& find);
  TabPane* addPane(QSplitter* column);
  QSplitter* addColumn();
  void activate(TabPane* pane);
  void onEmptied(TabPane* pane);
  void clear();
  void showRestored(const Json& columns);
  [[nodiscard]] QSplitter* columnOf(const TabPane* pane) const;
  /// Whether a tab of `from` can go to a side of a pane: at most 2 x 2 panes, and none is left empty.
  [[nodiscard]] bool canPlace(PaneSide side, const TabPane* pane, const TabPane& from) const;
  /// The pane of a place, made if need be.
  [[nodiscard]] TabPane* paneFor(const TabPlace& place);
  void watchFocus(QWidget* now);
  void onCarryMoved(const QPoint& globalPosition);

  static constexpr int kMostColumns = 2;
  static constexpr int kMostRows = 2;

  Desk m_desk;
  ActionBinder& m_binder;
  QSplitter* m_columns;
  TabDrag* m_drag;
  TabPane* m_active = nullptr;
};

}  // namespace patchbay::ui
