#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "core/jobs/job_queue.h"

namespace patchbay {

/// Calls a function after growing pauses, 0.25 s to 30 s, until told that all is well.
///
/// Thread   all functions from any thread; `attempt` on the clock's own.
class RetryClock {
public:
  explicit RetryClock(std::function<void()> attempt);
  ~RetryClock();

  /// Plans the next attempt, unless one is planned.
  void schedule();
  /// Pauses start short again.
  void reset();
  /// No attempt begins after this.
  void stop();

private:
  void wait();

  std::function<void()> m_attempt;
  std::mutex m_mutex;
  std::condition_variable m_wake;
  std::chrono::milliseconds m_pause;
  bool m_isPlanned = false;
  bool m_isStopping = false;
  JobQueue m_queue{"session retry"};
};

}  // namespace patchbay
