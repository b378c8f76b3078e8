#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <QObject>

namespace patchbay::ui {

/// Counts how often the GUI thread failed to answer within 50 ms: a thread pings the event loop and measures.
/// Enabled by PATCHBAY_WATCHDOG=1 or by a test. Whatever the thread does or waits for counts, except for a processor:
/// when other programs or the host of a virtual machine take it away, no program can answer. Linux tells that time;
/// what is left must pass the limit. Elsewhere nothing is excluded.
class Watchdog : public QObject {
  Q_OBJECT
public:
  using Milliseconds = std::chrono::milliseconds;
  explicit Watchdog(Milliseconds limit = Milliseconds{50}, QObject* parent = nullptr);
  ~Watchdog() override;

  void start();
  void stop();
  /// Blocks longer than the limit since `start`, time without a processor taken off.
  [[nodiscard]] int blocks() const;
  /// Length of each of them.
  [[nodiscard]] std::vector<Milliseconds> blockLengths() const;

private:
  void loop();

  Milliseconds m_limit;
  int m_watched;  ///< system's number of the thread that made this: the GUI thread
  mutable std::mutex m_mutex;
  std::condition_variable m_wake;
  bool m_isAnswered = true;
  bool m_isStopping = false;
  std::vector<Milliseconds> m_blocks;
  std::thread m_thread;
};

}  // namespace patchbay::ui
