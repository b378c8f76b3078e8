#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/outcome.h"
#include "core/jobs/job_context.h"

namespace patchbay {

using JobId = std::uint64_t;

/// What the Jobs panel shows of one job.
struct JobFact {
  JobId id = 0;
  std::string title;
  bool isRunning = false;
  bool isHeld = false;    ///< stopped in the middle: paused, or until what came through has ended
  bool isPaused = false;  ///< by the person; a running job stops at its next checkpoint
  Progress progress;
};

struct JobOptions {
  std::string title = {};
  /// A waiting or running job of the same key is cancelled when this one is queued: interactive requests.
  std::string replaceKey = {};
  /// Takes minutes or hours and lets others through: it is not itself let through by another one.
  bool isLong = false;
  /// Called on the queue's thread with each report of progress that passes the limit of 20 a second.
  std::function<void(const Progress&)> progress = {};
};

/// The one way to run something in the background: a queue with one thread.
///
/// Every job ends exactly once, through its own `finish`, as done, failed or cancelled; also at shutdown.
/// A paused job keeps what it has computed and lets the jobs behind it through, on the same thread. It goes on, or ends
/// when it is cancelled, when the one that came through has ended; paused ones that did go on with it, and it cannot be
/// paused meanwhile.
/// Exceptions of a job become Error JOB-01 ("the program made a mistake") and never cross the thread.
/// Thread   all functions from any thread; work and finish run on the queue's thread, in order of submission.
///          A job cancelled while waiting is finished without running.
class JobQueue {
public:
  /// `work` runs the job; it may throw Stopped through its context. `finish` is called exactly once after it:
  /// with Done when work returned, Cancelled when it was stopped, Error when it threw.
  using Work = std::function<void(JobContext&)>;
  using Finish = std::function<void(Outcome<Done>)>;
  /// Called on every change: queued, started, progress, ended (then `id` is no longer in `jobs()`).
  using Listener = std::function<void()>;

  explicit JobQueue(std::string name);
  /// Cancels everything, finishes every job, joins.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  JobId submit(JobOptions options, Work work, Finish finish);
  void cancel(JobId id);
  void cancelAll();
  /// Holds a waiting or running job, or lets it go on.
  void setPaused(JobId id, bool paused);
  /// Puts a waiting job before all other waiting ones.
  void runNext(JobId id);
  /// Running job first, then those held in the middle, the latest first, then the waiting ones in order; those
  /// cancelled while waiting are no longer listed.
  [[nodiscard]] std::vector<JobFact> jobs() const;
  /// A call of the former listener may still be under way on the queue's thread when this returns.
  void setListener(Listener listener);
  /// Blocks until nothing is queued or running: tests and the command line only, never the GUI thread.
  void drain();

private:
  struct Job;
  void loop();
  /// The first waiting job that may begin, taken out of the row; null when there is none.
  [[nodiscard]] std::shared_ptr<Job> takeNext(bool withLong = true);
  [[nodiscard]] bool hasNext(bool withLong = true) const;
  /// Runs a job to its end; `lock` is let go meanwhile.
  void runTaken(std::shared_ptr<Job> job, std::unique_lock<std::mutex>& lock);
  void run(Job& job);
  /// False when it was cancelled while it waited.
  [[nodiscard]] bool begin(Job& job);
  /// The running job stands still in the middle while `meanwhile` runs others; `lock` is let go at the end.
  template <typename Meanwhile>
  void standAside(std::unique_lock<std::mutex>& lock, const Meanwhile& meanwhile);
  /// Keeps the thread of a paused job busy with others until the job may go on.
  void hold(Job& job);
  /// Runs what waits behind a job that lets it through.
  void letThrough(Job& job);
  /// A job that is held can only go on when those that came through it have ended: they may not stay paused.
  void releaseAbove(JobId id);
  /// Whether a held job is to go on or to end, and so waits for the one that runs.
  [[nodiscard]] bool isWaitedFor() const;
  template <typename Visit>
  void visitAll(const Visit& visit) const;
  void takeProgress(Job& job, const Progress& progress);
  void notify();

  std::string m_name;
  mutable std::mutex m_mutex;
  std::condition_variable m_wake;
  std::condition_variable m_idle;
  std::deque<std::shared_ptr<Job>> m_waiting;
  std::shared_ptr<Job> m_running;
  std::vector<std::shared_ptr<Job>> m_held;  ///< paused in the middle, one inside the other
  Listener m_listener;
  JobId m_next = 1;
  bool m_isClosing = false;
  std::thread m_thread;
};

}  // namespace patchbay
