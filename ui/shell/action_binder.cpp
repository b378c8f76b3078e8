#include "ui/shell/action_binder.h"

#include <algorithm>
#include <set>

#include <QKeySequence>
#include <QMenuBar>

#include "ui/widgets/icons.h"

namespace patchbay::ui {

ActionBinder::ActionBinder(ActionRegistry& registry, QWidget* window)
    : QObject(window), m_registry(registry), m_window(window) {
  for (const Action& action : m_registry.all()) bind(action.id);
  connect(&m_registry, &ActionRegistry::added, this, &ActionBinder::bind);
  connect(&m_registry, &ActionRegistry::refreshed, this, &ActionBinder::refresh);
}

QAction* ActionBinder::action(const QString& id) const {
  const auto found = m_actions.find(id);
  return found == m_actions.end() ? nullptr : found->second;
}

QString ActionBinder::keyText(const Action& action) {
  return action.shortcuts.isEmpty()
             ? QString()
             : QKeySequence(action.shortcuts.front(), QKeySequence::PortableText).toString(QKeySequence::NativeText);
}

void ActionBinder::bind(const QString& id) {
  const Action& known = *m_registry.find(id);
  auto* bound = new QAction(known.text, this);
  bound->setObjectName(id);
  bound->setCheckable(static_cast<bool>(known.isChecked));
  if (known.scope == ShortcutScope::Window) {
    QList<QKeySequence> keys;
    for (const QString& key : known.shortcuts) keys << QKeySequence(key, QKeySequence::PortableText);
    bound->setShortcuts(keys);
  } else if (!known.shortcuts.isEmpty()) {
    // Shown in menus, but not bound: single letters act only where a plot has the focus.
    bound->setText(known.text + QLatin1Char('\t') + keyText(known));
  }
  connect(bound, &QAction::triggered, this, [this, id] { m_registry.trigger(id); });
  m_window->addAction(bound);
  m_actions[id] = bound;
}

void ActionBinder::refresh() {
  for (const auto& [id, bound] : m_actions) {
    const Action& known = *m_registry.find(id);
    const bool enabled = m_registry.isEnabled(id);
    bound->setEnabled(enabled);
    if (known.isChecked) bound->setChecked(known.isChecked());
    const QString reason = !enabled && known.disabledReason ? known.disabledReason() : QString();
    bound->setToolTip(reason.isEmpty() ? known.tip : reason);
  }
  dress();
}

void ActionBinder::dress() {
  for (const auto& [id, bound] : m_actions) {
    const QString& name = m_registry.find(id)->icon;
    if (!name.isEmpty()) bound->setIcon(icon(name));
  }
}

QString ActionBinder::menuTitle(Menu menu) {
  switch (menu) {
    case Menu::File: return tr("File");
    case Menu::Edit: return tr("Edit");
    case Menu::View: return tr("View");
    case Menu::Model: return tr("Model");
    case Menu::Analyse: return tr("Analyse");
    case Menu::Intervene: return tr("Intervene");
    case Menu::Train: return tr("Train");
    case Menu::Help: return tr("Help");
    case Menu::None: break;
  }
  return {};
}

void ActionBinder::addLiveMenu(Menu menu, int group, const QString& title, std::function<void(QMenu&)> fill) {
  m_live.push_back({menu, group, title, std::move(fill)});
}

void ActionBinder::buildMenus(QMenuBar& bar) {
  // Enabled states come with the first `refreshed`: what they ask for is not built yet.
  dress();
  for (const Menu which :
       {Menu::File, Menu::Edit, Menu::View, Menu::Model, Menu::Analyse, Menu::Intervene, Menu::Train, Menu::Help}) {
    auto* menu = bar.addMenu(menuTitle(which));
    menu->setToolTipsVisible(true);
    fillMenu(*menu, which);
    if (menu->isEmpty()) menu->menuAction()->setVisible(false);
  }
}

void ActionBinder::fillMenu(QMenu& menu, Menu which) {
  std::set<int> groups;
  for (const Action& known : m_registry.all()) {
    if (known.menu == which) groups.insert(known.group);
  }
  std::map<QString, QMenu*> submenus;
  for (const int group : groups) {
    if (!menu.isEmpty()) menu.addSeparator();
    for (const Action& known : m_registry.all()) {
      if (known.menu != which || known.group != group) continue;
      if (known.submenu.isEmpty()) {
        menu.addAction(action(known.id));
        continue;
      }
      QMenu*& submenu = submenus[known.submenu];
      if (!submenu) submenu = menu.addMenu(known.submenu);
      submenu->addAction(action(known.id));
    }
    for (const LiveMenu& live : m_live) {
      if (live.menu != which || live.group != group) continue;
      QMenu* submenu = menu.addMenu(live.title);
      connect(submenu, &QMenu::aboutToShow, this, [submenu, fill = live.fill] {
        submenu->clear();
        fill(*submenu);
      });
    }
  }
}

void ActionBinder::fillContext(QMenu& menu, const std::function<bool(const Action&)>& wanted) const {
  int group = -1;
  for (const Action& known : m_registry.all()) {
    if (!wanted(known)) continue;
    if (group >= 0 && known.group != group) menu.addSeparator();
    group = known.group;
    menu.addAction(action(known.id));
  }
}

}  // namespace patchbay::ui
