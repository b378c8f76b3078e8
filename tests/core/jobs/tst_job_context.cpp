#include <QtTest>

#include <thread>
#include <vector>

#include "core/jobs/job_context.h"

using namespace patchbay;

class TestJobContext : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void checkpointThrowsOnceCancelled() {
    JobContext context;
    context.checkpoint();
    const auto flag = context.cancelFlag();
    QVERIFY(!flag->load());
    context.cancel();
    QVERIFY(context.isCancelled() && flag->load());
    QVERIFY_EXCEPTION_THROWN(context.checkpoint(), Stopped);
  }

  void aContextWithoutListenerTakesProgress() {
    JobContext context;
    context.progress("Loading", "tensors", 1, 2);
  }

  void reportsAreLimitedAndTheLastArrives() {
    std::vector<Progress> seen;
    JobContext context([&seen](const Progress& progress) { seen.push_back(progress); });
    const auto start = std::chrono::steady_clock::now();
    for (int i = 1; i <= 100000; ++i) context.progress("Loading", "tensors", i, 100000);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    QVERIFY2(static_cast<double>(seen.size()) <= 20 * seconds + 2, "more than 20 a second");
    QCOMPARE(seen.front().done, std::int64_t{1});
    QCOMPARE(seen.back().done, std::int64_t{100000});
    QCOMPARE(seen.back().secondsLeft, 0.0);
  }

  void aCompletePhaseDoesNotFlood() {
    int seen = 0;
    JobContext context([&seen](const Progress&) { ++seen; });
    for (int i = 0; i < 1000; ++i) context.progress("Loading", "tensors", 5, 5);
    QVERIFY(seen >= 1 && seen < 10);
  }

  void everyPhaseEndsWithItsLastReport() {
    std::vector<std::string> ended;
    JobContext context([&ended](const Progress& progress) {
      if (progress.done == progress.total) ended.push_back(progress.phase);
    });
    for (const char* phase : {"Reading", "Checking", "Packing"})
      for (int i = 1; i <= 50; ++i) context.progress(phase, "tensors", i, 50);
    QCOMPARE(ended, (std::vector<std::string>{"Reading", "Checking", "Packing"}));
  }

  void theTimeLeftFollowsTheRate() {
    double left = -1;
    JobContext context([&left](const Progress& progress) { left = progress.secondsLeft; });
    context.progress("Walk", "layers", 0, 100);
    QCOMPARE(left, -1.0);
    // 10 units in a quarter of a second or more: at least 2 s for the other 80 or so.
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    context.progress("Walk", "layers", 10, 100);
    QVERIFY2(left >= 2.2, qPrintable(QString::number(left)));
    QVERIFY(left < 60);
  }

  void anUnknownLengthHasNoEstimate() {
    double left = 5;
    JobContext context([&left](const Progress& progress) { left = progress.secondsLeft; });
    context.progress("Reading", "bytes", 10, 0);
    QCOMPARE(left, -1.0);
  }
};

QTEST_APPLESS_MAIN(TestJobContext)
#include "tst_job_context.moc"
