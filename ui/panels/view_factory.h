#pragma once

#include <functional>
#include <map>

#include <QString>

#include "ui/state/workbench.h"

class QWidget;

namespace patchbay::ui {

class RunView;

/// Makes the view for a kind of run. Filled in composition, so the window knows no concrete view.
class ViewFactory {
public:
  using Make = std::function<RunView*(const Workbench&, QWidget* parent)>;

  void add(const QString& kind, Make make) { m_makers[kind] = std::move(make); }
  [[nodiscard]] bool has(const QString& kind) const { return m_makers.contains(kind); }
  /// A new view owned by `parent`; null when the kind is unknown.
  [[nodiscard]] RunView* make(const QString& kind, const Workbench& bench, QWidget* parent) const {
    const auto found = m_makers.find(kind);
    return found == m_makers.end() ? nullptr : found->second(bench, parent);
  }

private:
  std::map<QString, Make> m_makers;
};

}  // namespace patchbay::ui
