#include "ui/shell/watchdog.h"

#include "core/base/log.h"

namespace patchbay::ui {
namespace {

// Often enough that a block just over the limit cannot hide between two pings.
constexpr std::chrono::milliseconds kPause{5};

}  // namespace

Watchdog::Watchdog(Milliseconds limit, QObject* parent) : QObject(parent), m_limit(limit) {}

Watchdog::~Watchdog() { stop(); }

void Watchdog::start() {
  if (m_thread.joinable()) return;
  m_blocks.clear();
  m_isStopping = false;
  m_thread = std::thread([this] { loop(); });
}

void Watchdog::stop() {
  {
    const std::lock_guard lock(m_mutex);
    m_isStopping = true;
  }
  m_wake.notify_all();
  if (m_thread.joinable()) m_thread.join();
}

int Watchdog::blocks() const {
  const std::lock_guard lock(m_mutex);
  return static_cast<int>(m_blocks.size());
}

std::vector<Watchdog::Milliseconds> Watchdog::blockLengths() const {
  const std::lock_guard lock(m_mutex);
  return m_blocks;
}

void Watchdog::loop() {
  std::unique_lock lock(m_mutex);
  while (!m_isStopping) {
    m_isAnswered = false;
    const auto sent = std::chrono::steady_clock::now();
    QMetaObject::invokeMethod(
        this,
        [this] {
          const std::lock_guard answer(m_mutex);
          m_isAnswered = true;
          m_wake.notify_all();
        },
        Qt::QueuedConnection);
    m_wake.wait(lock, [this] { return m_isAnswered || m_isStopping; });
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - sent);
    if (m_isAnswered && took > m_limit) {
      m_blocks.push_back(took);
      log(LogLevel::Debug, "the window was blocked for " + std::to_string(took.count()) + " ms");
    }
    m_wake.wait_for(lock, kPause, [this] { return m_isStopping; });
  }
}

}  // namespace patchbay::ui
