#include "ui/shell/watchdog.h"

#include <fstream>
#include <string>

#include <unistd.h>

#include "core/base/log.h"

namespace patchbay::ui {
namespace {

// Often enough that a block just over the limit cannot hide between two pings.
constexpr std::chrono::milliseconds kPause{5};

/// How long a thread of this process was ready to run and had no processor, since it began.
/// Source   Linux, Documentation/scheduler/sched-stats.rst: /proc/PID/task/TID/schedstat, second number.
std::chrono::nanoseconds waitForProcessor(int thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/schedstat");
  std::int64_t running = 0, waiting = 0;
  file >> running >> waiting;
  return std::chrono::nanoseconds(file ? waiting : 0);
}

/// How long the host of a virtual machine kept a processor, since the start: the mean of all of them.
/// Source   proc(5): /proc/stat, "steal".
std::chrono::nanoseconds takenByHost() {
  std::ifstream file("/proc/stat");
  std::string name;
  std::int64_t user = 0, nice = 0, system = 0, idle = 0, inputOutput = 0, interrupts = 0, soft = 0, steal = 0;
  file >> name >> user >> nice >> system >> idle >> inputOutput >> interrupts >> soft >> steal;
  return file ? std::chrono::nanoseconds(std::chrono::seconds(steal)) /
                    (sysconf(_SC_CLK_TCK) * sysconf(_SC_NPROCESSORS_ONLN))
              : std::chrono::nanoseconds(0);
}

}  // namespace

Watchdog::Watchdog(Milliseconds limit, QObject* parent) : QObject(parent), m_limit(limit), m_watched(gettid()) {}

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
  const int own = gettid();
  const auto withoutProcessor = [&] { return waitForProcessor(m_watched) + waitForProcessor(own) + takenByHost(); };
  while (!m_isStopping) {
    m_isAnswered = false;
    const auto withoutBefore = withoutProcessor();
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
      const auto without = std::chrono::duration_cast<Milliseconds>(withoutProcessor() - withoutBefore);
      if (took - without > m_limit) m_blocks.push_back(took);
      log(LogLevel::Debug, "the window was blocked for " + std::to_string(took.count()) + " ms, " +
                               std::to_string(without.count()) + " of them without a processor");
    }
    m_wake.wait_for(lock, kPause, [this] { return m_isStopping; });
  }
}

}  // namespace patchbay::ui
