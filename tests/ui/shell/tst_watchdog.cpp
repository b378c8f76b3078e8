#include <atomic>
#include <thread>
#include <vector>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTest>
#include <QTimer>

#include "ui/shell/watchdog.h"

using namespace patchbay::ui;

class WatchdogTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void countsABlock() {
    Watchdog dog;
    dog.start();
    QElapsedTimer clock;
    clock.start();
    // The block is the thing under test: nothing else may run meanwhile.
    QTimer::singleShot(0, this, [&clock] {
      while (clock.elapsed() < 150) {
      }
    });
    QTRY_COMPARE_WITH_TIMEOUT(dog.blocks(), 1, 2000);
    QVERIFY(dog.blockLengths().front().count() > 50);
    dog.stop();
  }
  void waitingForAnythingButAProcessorIsABlock() {
    Watchdog dog;
    dog.start();
    QTimer::singleShot(0, this, [] { std::this_thread::sleep_for(std::chrono::milliseconds(150)); });
    QTRY_COMPARE_WITH_TIMEOUT(dog.blocks(), 1, 2000);
    dog.stop();
  }
  void timeWithoutAProcessorIsNotABlock() {
#ifndef __linux__
    QSKIP("only Linux tells the time without a processor");
#endif
    // This thread may use one processor only, and shares it with one that never rests and comes first.
    cpu_set_t before, one;
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    Watchdog dog(std::chrono::milliseconds(20));
    std::atomic<bool> isOver = false;
    std::vector<std::thread> busy;
    for (int i = 0; i < 12; ++i)
      busy.emplace_back([&isOver] {
        while (!isOver) {
        }
      });
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
    dog.start();
    QTest::qWait(1500);
    const int blocks = dog.blocks();
    isOver = true;
    for (std::thread& thread : busy) thread.join();
    dog.stop();
    sched_setaffinity(0, sizeof before, &before);
    QCOMPARE(blocks, 0);
  }
  void aQuietLoopIsNotBlocked() {
    Watchdog dog(std::chrono::milliseconds(500));
    dog.start();
    int turns = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&turns] { ++turns; });
    timer.start(1);
    QTRY_VERIFY(turns > 20);
    QCOMPARE(dog.blocks(), 0);
  }
  void stopsWithoutALoop() {
    Watchdog dog;
    dog.start();
    dog.stop();
    QVERIFY(dog.blocks() >= 0);
  }
};

QTEST_GUILESS_MAIN(WatchdogTest)
#include "tst_watchdog.moc"
