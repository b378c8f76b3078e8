#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace patchbay {

/// How far a job is. `total` 0 means unknown length; `secondsLeft` below 0 means no estimate yet.
struct Progress {
  std::string phase;  ///< "Loading weights"
  std::string unit;   ///< "tensors", "layers", "tokens"
  std::int64_t done = 0;
  std::int64_t total = 0;
  double secondsLeft = -1;
  bool operator==(const Progress&) const = default;
};

/// Thrown by `JobContext::checkpoint()` when the job was cancelled. Only the job queue catches it.
struct Stopped {};

/// What a long computation sees of the job it runs in: a stop flag to poll and a place to report progress.
///
/// Thread   `cancel` and `setPaused` from any; the rest from the job's own thread.
class JobContext {
public:
  using ProgressSink = std::function<void(const Progress&)>;

  /// A context nobody can cancel and nobody listens to: for tests and the command line.
  JobContext() = default;
  explicit JobContext(ProgressSink sink) : m_sink(std::move(sink)) {}

  /// Adds a second listener, called after the first; an empty one is ignored.
  void addProgressSink(ProgressSink sink) { m_extraSink = std::move(sink); }

  /// The same job without listeners, for a part whose own progress would only confuse.
  [[nodiscard]] JobContext quiet() const {
    JobContext part;
    part.m_signals = m_signals;
    return part;
  }

  /// The same job, which a pause does not hold: for a part that must come to its end first.
  [[nodiscard]] JobContext withoutPause() const {
    JobContext part = quiet();
    part.m_isHeld = false;
    return part;
  }

  void cancel() { m_signals->isCancelled.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool isCancelled() const { return m_signals->isCancelled.load(std::memory_order_relaxed); }
  /// A paused job stays in its next checkpoint on its own thread until it goes on or is cancelled.
  void setPaused(bool paused) { m_signals->isPaused.store(paused, std::memory_order_relaxed); }
  [[nodiscard]] bool isPaused() const { return m_signals->isPaused.load(std::memory_order_relaxed); }
  /// What a checkpoint of a paused job on the calling thread does: it returns when the job may go on.
  void onPause(std::function<void()> hold);
  /// What `letOthersThrough` of a running job does: it returns when nothing is waiting.
  void onYield(std::function<void()> yield);
  /// Called by long jobs between their steps, on their own thread: what waits behind them is done first.
  void letOthersThrough() const;
  /// Polled after each block and each token.
  /// Errors   throws Stopped when the job was cancelled.
  void checkpoint() const {
    if (m_isHeld && isPaused()) holdWhilePaused();
    if (isCancelled()) throw Stopped{};
  }

  /// Reports `done` of `total`; at most 20 reports a second pass, the last one of a phase (done == total) always does.
  /// The time left comes from a moving average of the last seconds' rate.
  void progress(std::string phase, std::string unit, std::int64_t done, std::int64_t total);

  /// How long the job has stood still because it was paused.
  [[nodiscard]] double heldSeconds() const { return std::chrono::duration<double>(m_signals->held).count(); }

  /// A flag for code that runs on another thread on behalf of this job.
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> cancelFlag() const {
    return {m_signals, &m_signals->isCancelled};
  }

private:
  using Clock = std::chrono::steady_clock;
  /// Shared with the parts of the job.
  struct Signals {
    std::atomic<bool> isCancelled = false;
    std::atomic<bool> isPaused = false;
    std::function<void()> hold;   ///< set before the job begins
    std::function<void()> yield;  ///< likewise
    std::thread::id thread;       ///< the one that may be held
    Clock::duration held{};       ///< time spent paused, as that thread knows it
  };
  void holdWhilePaused() const;
  [[nodiscard]] double secondsLeft(Clock::time_point now, std::int64_t done, std::int64_t total);

  std::shared_ptr<Signals> m_signals = std::make_shared<Signals>();
  ProgressSink m_sink;
  ProgressSink m_extraSink;
  std::string m_phase;
  bool m_isHeld = true;
  bool m_phaseIsComplete = false;
  Clock::time_point m_lastReport{};
  Clock::time_point m_sampleTime{};  ///< when the rate was last measured
  std::int64_t m_sampleDone = 0;
  double m_unitsPerSecond = 0;  ///< moving average; 0 until measured
};

}  // namespace patchbay
