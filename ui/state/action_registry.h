#pragma once

#include <deque>
#include <functional>
#include <vector>

#include <QObject>
#include <QString>
#include <QStringList>

namespace patchbay::ui {

/// The menus, in their order. `None`: reachable from the palette and by key, in no menu.
enum class Menu { File, Edit, View, Model, Analyse, Intervene, Train, Help, None };

/// Where a shortcut acts. PlotFocus: single letters, only while a plot, a grid or the token strip has the focus.
enum class ShortcutScope { Window, PlotFocus };

/// One thing the program can do. Menus, toolbar, palette, context menus, shortcuts and tooltips are made of these.
struct Action {
  QString id = {};             ///< stable: "analyse.patchscope"
  QString text = {};           ///< sentence case; "…" only where a dialog follows
  QString icon = {};           ///< name of an icon file, may be empty
  QStringList shortcuts = {};  ///< portable key text: "Ctrl+K", "P"; the first is shown
  ShortcutScope scope = ShortcutScope::Window;
  Menu menu = Menu::None;
  int group = 0;          ///< separators stand between groups of a menu
  QString submenu = {};   ///< title of the submenu it stands in; empty: in the menu itself
  QString tip = {};       ///< one sentence for tooltips
  bool onCells = false;   ///< belongs in the context menu of a cell
  bool onRuns = false;    ///< belongs in the context menu of a run
  bool onTokens = false;  ///< belongs in the context menu of a token of the prompt, beside those of a cell
  std::function<void()> trigger = {};
  std::function<bool()> isEnabled = {};          ///< empty: always
  std::function<QString()> disabledReason = {};  ///< shown in the tooltip while disabled
  std::function<bool()> isChecked = {};          ///< empty: not checkable
};

/// Every action of the window by id.
class ActionRegistry : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;

  /// Adds an action. Its id must be new.
  void add(Action action);
  [[nodiscard]] const Action* find(const QString& id) const;
  /// In order of adding.
  [[nodiscard]] const std::deque<Action>& all() const { return m_actions; }
  [[nodiscard]] bool isEnabled(const QString& id) const;
  [[nodiscard]] bool isChecked(const QString& id) const;
  /// Why the action is disabled; empty when it is enabled or gives no reason.
  [[nodiscard]] QString disabledReason(const QString& id) const;
  /// Runs the action if it is enabled; false when it is not or is unknown.
  bool trigger(const QString& id);
  /// Runs the action with this plot-focus key; a disabled one says why by `refused`. False when no action has the key.
  bool triggerPlotKey(const QString& key);
  /// The action with this plot-focus key, enabled or not, or null.
  [[nodiscard]] const Action* forPlotKey(const QString& key) const;
  /// Says that something predicates depend on has changed; coalesced into one `refreshed`.
  void refresh();

Q_SIGNALS:
  void added(const QString& id);
  /// Enabled and checked states are to be read again.
  void refreshed();
  void triggered(const QString& id);
  /// A key asked for an action that is disabled.
  void refused(const QString& reason);

private:
  std::deque<Action> m_actions;
  bool m_isRefreshing = false;
};

}  // namespace patchbay::ui
