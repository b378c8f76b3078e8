#include "ui/bridge/gui_gate.h"

#include <utility>

namespace patchbay::ui {

void GuiGate::post(std::function<void()> call) {
  const std::lock_guard lock(m_mutex);
  if (m_owner) QMetaObject::invokeMethod(m_owner, std::move(call), Qt::QueuedConnection);
}

void GuiGate::close() {
  const std::lock_guard lock(m_mutex);
  m_owner = nullptr;
}

}  // namespace patchbay::ui
