#include "core/jobs/job_queue.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <pthread.h>

#include "core/base/log.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostHeld = 8;

Error mistake(const std::string& title, const char* reason) {
  return {.code = "JOB-01",
          .what = "the program made a mistake in a job",
          .file = {},
          .field = title,
          .found = reason,
          .expected = {},
          .advice = "Nothing was changed. Please report it with the log."};
}

}  // namespace

struct JobQueue::Job {
  JobId id = 0;
  JobOptions options;
  Work work;
  Finish finish;
  JobContext context;
  Progress progress;
  bool hasBegun = false;  ///< its work is called; under the queue's mutex

  /// A cancelled one goes on to its end.
  [[nodiscard]] bool mayGoOn() const { return !context.isPaused() || context.isCancelled(); }
  [[nodiscard]] bool mayBegin(bool withLong) const {
    return mayGoOn() && (withLong || !options.isLong || context.isCancelled());
  }
};

JobQueue::JobQueue(std::string name) : m_name(std::move(name)), m_thread([this] { loop(); }) {}

template <typename Visit>
void JobQueue::visitAll(const Visit& visit) const {
  if (m_running) visit(*m_running);
  for (auto held = m_held.rbegin(); held != m_held.rend(); ++held) visit(**held);
  for (const auto& job : m_waiting) visit(*job);
}

JobQueue::~JobQueue() {
  {
    const std::lock_guard lock(m_mutex);
    m_isClosing = true;
    visitAll([](Job& job) { job.context.cancel(); });
  }
  m_wake.notify_all();
  m_thread.join();
}

JobId JobQueue::submit(JobOptions options, Work work, Finish finish) {
  auto job = std::make_shared<Job>();
  job->options = std::move(options);
  job->work = std::move(work);
  job->finish = std::move(finish);
  job->context = JobContext([this, self = job.get()](const Progress& progress) { takeProgress(*self, progress); });
  JobId id = 0;
  {
    const std::lock_guard lock(m_mutex);
    const std::string& key = job->options.replaceKey;
    visitAll([&](Job& older) {
      if (key.empty() || older.options.replaceKey != key) return;
      older.context.cancel();
    });
    // A job submitted by another job's finish during shutdown still ends once.
    if (m_isClosing) job->context.cancel();
    id = job->id = m_next++;
    m_waiting.push_back(std::move(job));
  }
  m_wake.notify_all();
  notify();
  return id;
}

void JobQueue::releaseAbove(JobId id) {
  const auto found = std::ranges::find(m_held, id, [](const auto& job) { return job->id; });
  if (found == m_held.end()) return;
  for (auto above = found; above != m_held.end(); ++above) (*above)->context.setPaused(false);
  if (m_running) m_running->context.setPaused(false);
}

bool JobQueue::isWaitedFor() const {
  return std::ranges::any_of(m_held, [](const auto& job) { return job->mayGoOn(); });
}

void JobQueue::cancel(JobId id) {
  {
    const std::lock_guard lock(m_mutex);
    visitAll([id](Job& job) {
      if (job.id == id) job.context.cancel();
    });
    releaseAbove(id);
  }
  m_wake.notify_all();
  notify();
}

void JobQueue::cancelAll() {
  {
    const std::lock_guard lock(m_mutex);
    visitAll([](Job& job) { job.context.cancel(); });
  }
  m_wake.notify_all();
  notify();
}

void JobQueue::setPaused(JobId id, bool paused) {
  {
    const std::lock_guard lock(m_mutex);
    // What stands on a job that is to go on is not held: that job would wait for it.
    const bool isOnTop = m_running && m_running->id == id && isWaitedFor();
    visitAll([id, paused, isOnTop](Job& job) {
      if (job.id == id) job.context.setPaused(paused && !isOnTop);
    });
    if (!paused) releaseAbove(id);
  }
  m_wake.notify_all();
  notify();
}

void JobQueue::runNext(JobId id) {
  {
    const std::lock_guard lock(m_mutex);
    const auto found = std::ranges::find(m_waiting, id, [](const auto& job) { return job->id; });
    if (found == m_waiting.end()) return;
    std::rotate(m_waiting.begin(), found, found + 1);
  }
  notify();
}

std::vector<JobFact> JobQueue::jobs() const {
  const std::lock_guard lock(m_mutex);
  std::vector<JobFact> facts;
  visitAll([&](const Job& job) {
    const bool isRunning = m_running.get() == &job;
    const bool isHeld = std::ranges::any_of(m_held, [&job](const auto& held) { return held.get() == &job; });
    // Cancelled before it began: it is over for whoever looks, also while its finish is called.
    if (!job.hasBegun && job.context.isCancelled()) return;
    facts.push_back({job.id, job.options.title, isRunning, isHeld, job.context.isPaused(), job.progress});
  });
  return facts;
}

void JobQueue::setListener(Listener listener) {
  const std::lock_guard lock(m_mutex);
  m_listener = std::move(listener);
}

void JobQueue::drain() {
  std::unique_lock lock(m_mutex);
  m_idle.wait(lock, [this] { return m_waiting.empty() && !m_running && m_held.empty(); });
}

void JobQueue::loop() {
  // The kernel keeps 15 characters of a thread's name.
  pthread_setname_np(pthread_self(), m_name.substr(0, 15).c_str());
  std::unique_lock lock(m_mutex);
  while (true) {
    m_wake.wait(lock, [this] { return m_isClosing || hasNext(); });
    std::shared_ptr<Job> job = takeNext();
    if (!job) return;
    runTaken(std::move(job), lock);
  }
}

bool JobQueue::hasNext(bool withLong) const {
  return std::ranges::any_of(m_waiting, [withLong](const auto& job) { return job->mayBegin(withLong); });
}

std::shared_ptr<JobQueue::Job> JobQueue::takeNext(bool withLong) {
  const auto next = std::ranges::find_if(m_waiting, [withLong](const auto& job) { return job->mayBegin(withLong); });
  if (next == m_waiting.end()) return nullptr;
  std::shared_ptr<Job> job = std::move(*next);
  m_waiting.erase(next);
  return job;
}

void JobQueue::runTaken(std::shared_ptr<Job> job, std::unique_lock<std::mutex>& lock) {
  // A cancelled job still counts as running until its finish was called: `drain` waits for it.
  m_running = job;
  lock.unlock();
  run(*job);
  lock.lock();
  m_running.reset();
  const bool isIdle = m_waiting.empty() && m_held.empty();
  lock.unlock();
  if (isIdle) m_idle.notify_all();
  notify();
  lock.lock();
}

template <typename Meanwhile>
void JobQueue::standAside(std::unique_lock<std::mutex>& lock, const Meanwhile& meanwhile) {
  const std::shared_ptr<Job> self = m_running;
  m_held.push_back(self);
  m_running.reset();
  lock.unlock();
  notify();
  lock.lock();
  meanwhile();
  m_held.pop_back();
  m_running = self;
  lock.unlock();
  notify();
}

void JobQueue::hold(Job& job) {
  std::unique_lock lock(m_mutex);
  // What came through would stand on the stack of what it came through: there is an end to that.
  const bool letsThrough = m_held.size() < kMostHeld;
  standAside(lock, [&] {
    while (!job.mayGoOn()) {
      if (std::shared_ptr<Job> other = letsThrough ? takeNext() : nullptr) {
        runTaken(std::move(other), lock);
      } else {
        m_wake.wait(lock, [&] { return job.mayGoOn() || (letsThrough && hasNext()); });
      }
    }
  });
}

void JobQueue::letThrough(Job& job) {
  std::unique_lock lock(m_mutex);
  if (!hasNext(false) || m_held.size() >= kMostHeld) return;
  standAside(lock, [&] {
    while (!job.context.isCancelled()) {
      std::shared_ptr<Job> other = takeNext(false);
      if (!other) break;
      runTaken(std::move(other), lock);
    }
  });
}

bool JobQueue::begin(Job& job) {
  const std::lock_guard lock(m_mutex);
  return job.hasBegun = !job.context.isCancelled();
}

void JobQueue::run(Job& job) {
  notify();
  Outcome<Done> outcome = Cancelled{};
  if (begin(job)) {
    try {
      job.context.onPause([this, &job] { hold(job); });
      job.context.onYield([this, &job] { letThrough(job); });
      job.work(job.context);
      outcome = Done{};
    } catch (const Stopped&) {
      outcome = Cancelled{};
    } catch (const std::exception& failure) {
      // libtorch adds where it was thrown, of no use to anybody without its sources.
      const std::string found = failure.what();
      outcome = mistake(job.options.title, found.substr(0, found.find("\nException raised from")).c_str());
    } catch (...) {
      outcome = mistake(job.options.title, "an unknown exception");
    }
  }
  if (outcome.isError()) log(LogLevel::Error, outcome.error().message());
  try {
    if (job.finish) job.finish(std::move(outcome));
  } catch (const std::exception& failure) {
    log(LogLevel::Error, mistake(job.options.title, failure.what()).message());
  } catch (...) {
    log(LogLevel::Error, mistake(job.options.title, "an unknown exception").message());
  }
  job.context.onPause(nullptr);
  job.context.onYield(nullptr);
  // What the job holds is released before anybody who drains goes on.
  job.work = nullptr;
  job.finish = nullptr;
  job.options.progress = nullptr;
}

void JobQueue::takeProgress(Job& job, const Progress& progress) {
  {
    const std::lock_guard lock(m_mutex);
    job.progress = progress;
  }
  if (job.options.progress) job.options.progress(progress);
  notify();
}

void JobQueue::notify() {
  Listener listener;
  {
    const std::lock_guard lock(m_mutex);
    listener = m_listener;
  }
  if (listener) listener();
}

}  // namespace patchbay
