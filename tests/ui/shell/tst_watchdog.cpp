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
    QTimer::singleShot(0, this, [&clock] { while (clock.elapsed() < 150) {} });
    QTRY_COMPARE_WITH_TIMEOUT(dog.blocks(), 1, 2000);
    QVERIFY(dog.blockLengths().front().count() > 50);
    dog.stop();
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
