#include "core/store/retry_clock.h"

#include <algorithm>
#include <utility>

namespace patchbay {
namespace {

constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{30000};

}  // namespace

RetryClock::RetryClock(std::function<void()> attempt) : m_attempt(std::move(attempt)), m_pause(kFirstPause) {}

RetryClock::~RetryClock() { stop(); }

void RetryClock::schedule() {
  {
    const std::lock_guard lock(m_mutex);
    if (m_isPlanned || m_isStopping) return;
    m_isPlanned = true;
  }
  m_queue.submit({.title = "Save again"}, [this](JobContext&) { wait(); }, {});
}

void RetryClock::wait() {
  {
    std::unique_lock lock(m_mutex);
    m_wake.wait_for(lock, m_pause, [this] { return m_isStopping; });
    m_pause = std::min(2 * m_pause, kLongestPause);
    m_isPlanned = false;
    if (m_isStopping) return;
  }
  m_attempt();
}

void RetryClock::reset() {
  const std::lock_guard lock(m_mutex);
  m_pause = kFirstPause;
}

void RetryClock::stop() {
  {
    const std::lock_guard lock(m_mutex);
    m_isStopping = true;
  }
  m_wake.notify_all();
  m_queue.drain();
}

}  // namespace patchbay
