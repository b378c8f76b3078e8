#include "core/jobs/job_queue.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <pthread.h>

#include "core/base/log.h"

namespace patchbay {
namespace {

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
};

JobQueue::JobQueue(std::string name) : m_name(std::move(name)), m_thread([this] { loop(); }) {}

JobQueue::~JobQueue() {
  {
    const std::lock_guard lock(m_mutex);
    m_isClosing = true;
    for (const auto& job : m_waiting) job->context.cancel();
    if (m_running) m_running->context.cancel();
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
    const auto replace = [&key](const std::shared_ptr<Job>& older) {
      if (older && !key.empty() && older->options.replaceKey == key) older->context.cancel();
    };
    replace(m_running);
    std::ranges::for_each(m_waiting, replace);
    // A job submitted by another job's finish during shutdown still ends once.
    if (m_isClosing) job->context.cancel();
    id = job->id = m_next++;
    m_waiting.push_back(std::move(job));
  }
  m_wake.notify_all();
  notify();
  return id;
}

void JobQueue::cancel(JobId id) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_running && m_running->id == id) m_running->context.cancel();
    for (const auto& job : m_waiting)
      if (job->id == id) job->context.cancel();
  }
  notify();
}

void JobQueue::cancelAll() {
  {
    const std::lock_guard lock(m_mutex);
    if (m_running) m_running->context.cancel();
    for (const auto& job : m_waiting) job->context.cancel();
  }
  notify();
}

std::vector<JobFact> JobQueue::jobs() const {
  const std::lock_guard lock(m_mutex);
  std::vector<JobFact> facts;
  if (m_running) facts.push_back({m_running->id, m_running->options.title, true, m_running->progress});
  for (const auto& job : m_waiting)
    if (!job->context.isCancelled()) facts.push_back({job->id, job->options.title, false, {}});
  return facts;
}

void JobQueue::setListener(Listener listener) {
  const std::lock_guard lock(m_mutex);
  m_listener = std::move(listener);
}

void JobQueue::drain() {
  std::unique_lock lock(m_mutex);
  m_idle.wait(lock, [this] { return m_waiting.empty() && !m_running; });
}

void JobQueue::loop() {
  // The kernel keeps 15 characters of a thread's name.
  pthread_setname_np(pthread_self(), m_name.substr(0, 15).c_str());
  std::unique_lock lock(m_mutex);
  while (true) {
    m_wake.wait(lock, [this] { return m_isClosing || !m_waiting.empty(); });
    if (m_waiting.empty()) return;
    std::shared_ptr<Job> job = std::move(m_waiting.front());
    m_waiting.pop_front();
    // A cancelled job still counts as running until its finish was called: `drain` waits for it.
    m_running = job;
    lock.unlock();
    run(*job);
    lock.lock();
    m_running.reset();
    const bool isIdle = m_waiting.empty();
    lock.unlock();
    if (isIdle) m_idle.notify_all();
    notify();
    lock.lock();
  }
}

void JobQueue::run(Job& job) {
  notify();
  Outcome<Done> outcome = Cancelled{};
  if (!job.context.isCancelled()) {
    try {
      job.work(job.context);
      outcome = Done{};
    } catch (const Stopped&) {
      outcome = Cancelled{};
    } catch (const std::exception& failure) {
      outcome = mistake(job.options.title, failure.what());
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
