#pragma once

#include <functional>
#include <map>

#include <QAction>
#include <QMenu>
#include <QObject>

#include "ui/state/action_registry.h"

class QMenuBar;
class QWidget;

namespace patchbay::ui {

/// Turns the registry into Qt actions: shortcuts of the window, menus, and the buttons that show them.
class ActionBinder : public QObject {
  Q_OBJECT
public:
  ActionBinder(ActionRegistry& registry, QWidget* window);

  /// The Qt action of an id; null when unknown. Owned here.
  [[nodiscard]] QAction* action(const QString& id) const;
  /// Fills the menu bar with every action that names a menu, in order of menu, group and adding.
  void buildMenus(QMenuBar& bar);
  /// A submenu whose entries are made each time it opens (recent files).
  void addLiveMenu(Menu menu, int group, const QString& title, std::function<void(QMenu&)> fill);
  /// Fills a context menu with the actions `wanted` picks.
  void fillContext(QMenu& menu, const std::function<bool(const Action&)>& wanted) const;
  /// Words of a menu in the menu bar.
  [[nodiscard]] static QString menuTitle(Menu menu);
  /// Text of the keys as the system writes them: "Ctrl+K".
  [[nodiscard]] static QString keyText(const Action& action);

private:
  void bind(const QString& id);
  void refresh();
  void fillMenu(QMenu& menu, Menu which);
  void dress();

  struct LiveMenu {
    Menu menu;
    int group;
    QString title;
    std::function<void(QMenu&)> fill;
  };

  ActionRegistry& m_registry;
  QWidget* m_window;
  std::map<QString, QAction*> m_actions;
  std::vector<LiveMenu> m_live;
};

}  // namespace patchbay::ui
