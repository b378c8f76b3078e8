#include <QtTest>

#include <atomic>
#include <thread>
#include <vector>

#include "core/base/log.h"

using namespace patchbay;

class TestLog : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void cleanup() { setLogLevel(LogLevel::Info); }

  void listenersHearLinesUntilRemoved() {
    std::vector<std::string> heard;
    const int id = addLogListener([&heard](const LogLine& line) { heard.push_back(line.text); });
    log(LogLevel::Info, "one");
    log(LogLevel::Error, "two {} %s");
    removeLogListener(id);
    log(LogLevel::Info, "three");
    QCOMPARE(heard, (std::vector<std::string>{"one", "two {} %s"}));
  }

  void linesBelowTheLevelAreDropped() {
    std::vector<LogLevel> heard;
    const int id = addLogListener([&heard](const LogLine& line) { heard.push_back(line.level); });
    log(LogLevel::Debug, "dropped");
    setLogLevel(LogLevel::Debug);
    log(LogLevel::Debug, "kept");
    setLogLevel(LogLevel::Warning);
    log(LogLevel::Info, "dropped");
    log(LogLevel::Warning, "kept");
    removeLogListener(id);
    QCOMPARE(heard, (std::vector<LogLevel>{LogLevel::Debug, LogLevel::Warning}));
  }

  void aListenerMayRemoveItself() {
    int calls = 0;
    int id = 0;
    id = addLogListener([&](const LogLine&) {
      ++calls;
      removeLogListener(id);
    });
    log(LogLevel::Info, "once");
    log(LogLevel::Info, "twice");
    QCOMPARE(calls, 1);
  }

  void severalThreadsLogAtOnce() {
    std::atomic<int> heard = 0;
    const int id = addLogListener([&heard](const LogLine&) { ++heard; });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 25; ++i) log(LogLevel::Info, "line");
      });
    for (std::thread& thread : threads) thread.join();
    removeLogListener(id);
    QCOMPARE(heard.load(), 100);
  }
};

QTEST_APPLESS_MAIN(TestLog)
#include "tst_log.moc"
