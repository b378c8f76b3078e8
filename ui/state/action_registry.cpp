#include "ui/state/action_registry.h"

#include <algorithm>

namespace patchbay::ui {

void ActionRegistry::add(Action action) {
  Q_ASSERT_X(!find(action.id), "ActionRegistry::add", "the id is taken");
  m_actions.push_back(std::move(action));
  Q_EMIT added(m_actions.back().id);
}

const Action* ActionRegistry::find(const QString& id) const {
  const auto found =
      std::find_if(m_actions.begin(), m_actions.end(), [&](const Action& action) { return action.id == id; });
  return found == m_actions.end() ? nullptr : &*found;
}

bool ActionRegistry::isEnabled(const QString& id) const {
  const Action* action = find(id);
  return action && (!action->isEnabled || action->isEnabled());
}

bool ActionRegistry::isChecked(const QString& id) const {
  const Action* action = find(id);
  return action && action->isChecked && action->isChecked();
}

QString ActionRegistry::disabledReason(const QString& id) const {
  const Action* action = find(id);
  return action && action->disabledReason && !isEnabled(id) ? action->disabledReason() : QString();
}

bool ActionRegistry::trigger(const QString& id) {
  if (!isEnabled(id)) return false;
  const auto call = find(id)->trigger;
  call();
  Q_EMIT triggered(id);
  return true;
}

bool ActionRegistry::triggerPlotKey(const QString& key) {
  const Action* action = forPlotKey(key);
  if (!action) return false;
  const QString reason = disabledReason(action->id);
  if (!trigger(action->id) && !reason.isEmpty()) Q_EMIT refused(reason);
  return true;
}

const Action* ActionRegistry::forPlotKey(const QString& key) const {
  for (const Action& action : m_actions) {
    if (action.scope == ShortcutScope::PlotFocus && action.shortcuts.contains(key)) return &action;
  }
  return nullptr;
}

void ActionRegistry::refresh() {
  if (m_isRefreshing) return;
  m_isRefreshing = true;
  QMetaObject::invokeMethod(
      this,
      [this] {
        m_isRefreshing = false;
        Q_EMIT refreshed();
      },
      Qt::QueuedConnection);
}

}  // namespace patchbay::ui
