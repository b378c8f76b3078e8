#pragma once

#include <optional>
#include <vector>

#include <QTimer>
#include <QWidget>

#include "core/data/json.h"
#include "core/data/run_record.h"
#include "ui/shell/desk.h"

class QHBoxLayout;
class QStackedWidget;

namespace patchbay::ui {

class ActionBinder;
class Badge;
class IconButton;
class RunTabBar;
class RunView;

/// One tab as the session keeps it.
struct TabState {
  QString kind;
  RunId run = 0;
  Json view = Json::object();
};

/// A tab of a pane. The view is null until the tab is first shown.
struct OpenTab {
  TabState state;
  RunView* view = nullptr;
};

/// A row of tabs and the view of the current one. Views are made when their tab is first shown.
class TabPane : public QWidget {
  Q_OBJECT
public:
  TabPane(const Desk& desk, ActionBinder& binder, QWidget* parent = nullptr);

  [[nodiscard]] int count() const { return static_cast<int>(m_tabs.size()); }
  [[nodiscard]] int currentIndex() const;
  [[nodiscard]] RunView* current() const;
  [[nodiscard]] RunId currentRun() const;
  [[nodiscard]] RunId runAt(int index) const;
  [[nodiscard]] QString kindAt(int index) const;
  /// Whether the tab shows, or last showed, a run of the session file.
  [[nodiscard]] bool isOfSession(int index) const;
  /// Index of the tab of a run, or of a kind when `run` is 0; -1 when there is none.
  [[nodiscard]] int find(const QString& kind, RunId run) const;
  /// Index of the tab whose view has, or will have, this name in stored edits; -1 when there is none.
  [[nodiscard]] int findEdited(const std::string& editId) const;

  /// Adds a tab and makes it current. Its view is null when no view is known for the kind.
  RunView* add(const TabState& state);
  /// Adds a tab that makes its view later.
  void addLazily(const TabState& state);
  /// Takes over a tab that another pane released just now, its view as it stands. It is not made current.
  void adopt(const OpenTab& tab);
  void setCurrent(int index);
  /// Index of the tab of a view; -1 when it is not here.
  [[nodiscard]] int indexOf(const RunView* view) const;
  void moveTab(int from, int to);
  /// The index that a tab dropped on the row takes there; nullopt off the row.
  [[nodiscard]] std::optional<int> dropIndexAt(const QPoint& globalPosition) const;
  /// A line before the tab of an index, or behind the last, and the area of the views; in coordinates of the pane.
  [[nodiscard]] QRect dropMark(int index) const;
  [[nodiscard]] QRect viewRect() const;
  /// Takes a tab out without closing its view.
  [[nodiscard]] OpenTab release(int index);
  [[nodiscard]] std::vector<OpenTab> releaseAll();
  void close(int index);
  void closeRun(RunId run);
  void closeAll();
  [[nodiscard]] std::vector<TabState> states() const;
  /// Shows a run in the current view in place of the one there.
  void replaceRun(RunId old, RunId run);
  /// Whether the pane has the keyboard's attention: its tab row shows it.
  void setActive(bool active);
  [[nodiscard]] bool isCarryRestingOn(const QPoint& globalPosition);
  void stopCarryRest() { m_rest.stop(); }

Q_SIGNALS:
  void currentChanged();
  void emptied();
  void newAsked(const QPoint& globalPosition);
  /// The person clicked somewhere in the pane.
  void activated();
  /// The current tab is dragged out of its row, put down, or stays after all.
  void tabDragged(const QPoint& globalPosition);
  void tabDropped(const QPoint& globalPosition);
  void tabDragCancelled();

protected:
  void paintEvent(QPaintEvent*) override;
  void resizeEvent(QResizeEvent* event) override;

private:
  void buildRow(ActionBinder& binder);
  void connectDrag();
  RunView* ensureView(int index);
  void follow(RunView* view);
  void showCellMenu(const QPoint& globalPosition);
  void leave(RunView* view);
  void dress(int index);
  void onTabMoved(int from, int to);
  void showCurrent();
  void refreshCorner();
  /// The badge keeps its words while a few tabs still fit; tabs scroll first.
  void shareRow();
  [[nodiscard]] QString titleOf(const TabState& state) const;

  Desk m_desk;
  ActionBinder& m_binder;
  QHBoxLayout* m_row = nullptr;
  RunTabBar* m_bar;
  IconButton* m_add;
  Badge* m_badge;
  IconButton* m_note;
  IconButton* m_export;
  QStackedWidget* m_stack;
  QWidget* m_empty;
  std::vector<OpenTab> m_tabs;
  QTimer m_rest;
  int m_restIndex = -1;
};

}  // namespace patchbay::ui
