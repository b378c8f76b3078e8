#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <QObject>
#include <QPointer>

namespace patchbay::ui {

/// The door from worker threads to the GUI thread. Calls posted through it run on the thread of its owner, in order;
/// after `close()` they are dropped, so a worker may outlive the window.
/// Thread   `post` from any; the rest from the owner's thread.
class GuiGate {
public:
  explicit GuiGate(QObject* owner) : m_owner(owner) {}

  /// Runs `call` on the owner's thread when its event loop gets there. Never blocks.
  void post(std::function<void()> call);
  /// From now on nothing is delivered.
  void close();

private:
  std::mutex m_mutex;
  QObject* m_owner = nullptr;
};

}  // namespace patchbay::ui
