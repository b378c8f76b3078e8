#include <QtTest>

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "core/jobs/job_queue.h"

using namespace patchbay;

namespace {

/// Holds a queue's thread until opened.
class Gate {
public:
  JobQueue::Work work() {
    return [this](JobContext&) {
      m_entered.set_value();
      m_opened.get_future().wait();
    };
  }
  void waitUntilEntered() { m_entered.get_future().wait(); }
  void open() { m_opened.set_value(); }

private:
  std::promise<void> m_entered, m_opened;
};

enum class End { None, Done, Error, Cancelled };

JobQueue::Finish note(End& end) {
  return [&end](const Outcome<Done>& outcome) {
    end = outcome ? End::Done : outcome.isError() ? End::Error : End::Cancelled;
  };
}

void pauseWhenRunning(JobQueue& queue, JobId id) {
  const auto fact = [&queue, id] {
    const auto all = queue.jobs();
    const auto found = std::ranges::find(all, id, &JobFact::id);
    return found == all.end() ? JobFact{} : *found;
  };
  QTRY_VERIFY(fact().isRunning);
  queue.setPaused(id, true);
  QTRY_VERIFY(fact().isHeld);
}

void pollUntilStopped(JobContext& context) {
  while (true) {
    context.checkpoint();
    std::this_thread::yield();
  }
}

}  // namespace

class TestJobQueue : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { setLogLevel(static_cast<LogLevel>(4)); }

  void runsInOrder() {
    std::vector<int> order;
    JobQueue queue("test");
    for (int i = 0; i < 100; ++i) queue.submit({}, [&order, i](JobContext&) { order.push_back(i); }, {});
    queue.drain();
    QCOMPARE(order.size(), std::size_t{100});
    QVERIFY(std::ranges::is_sorted(order));
  }

  void endsAsDoneErrorOrCancelled() {
    End done{}, error{}, odd{}, stopped{};
    std::string code;
    JobQueue queue("test");
    queue.submit(
        {}, [](JobContext&) {}, note(done));
    queue.submit(
        {.title = "Sum"}, [](JobContext&) { throw std::runtime_error("bad"); },
        [&](const Outcome<Done>& outcome) {
          note(error)(outcome);
          code = outcome.error().code + outcome.error().found + outcome.error().field;
        });
    queue.submit(
        {}, [](JobContext&) { throw 4; }, note(odd));
    queue.submit(
        {}, [](JobContext&) { throw Stopped{}; }, note(stopped));
    queue.drain();
    QVERIFY(done == End::Done && error == End::Error && odd == End::Error && stopped == End::Cancelled);
    QCOMPARE(code, std::string("JOB-01badSum"));
  }

  void anExceptionInFinishDoesNotStopTheQueue() {
    End later{};
    JobQueue queue("test");
    queue.submit(
        {}, [](JobContext&) {}, [](const Outcome<Done>&) { throw std::runtime_error("in finish"); });
    queue.submit(
        {}, [](JobContext&) {}, [](const Outcome<Done>&) { throw 1; });
    queue.submit(
        {}, [](JobContext&) {}, note(later));
    queue.drain();
    QVERIFY(later == End::Done);
  }

  void aPausedJobLetsOthersThroughAndGoesOn() {
    std::atomic<int> steps{0};
    std::atomic<bool> mayEnd{false};
    End held{}, through{}, second{};
    JobQueue queue("test");
    const JobId id = queue.submit(
        {.title = "Long"},
        [&](JobContext& context) {
          while (!mayEnd) {
            context.checkpoint();
            ++steps;
          }
        },
        note(held));
    QTRY_VERIFY(steps > 0);
    queue.setPaused(id, true);
    std::promise<void> ran;
    int before = 0;
    queue.submit(
        {.title = "Short"},
        [&](JobContext&) {
          before = steps;
          ran.set_value();
        },
        note(through));
    ran.get_future().wait();
    QTRY_COMPARE(queue.jobs().size(), std::size_t{1});
    QCOMPARE(steps.load(), before);
    QVERIFY(queue.jobs()[0].isPaused && !queue.jobs()[0].isRunning);
    QCOMPARE(queue.jobs()[0].title, std::string("Long"));
    queue.setPaused(id, false);
    QTRY_VERIFY(steps > before);
    QVERIFY(queue.jobs()[0].isRunning && !queue.jobs()[0].isPaused);
    mayEnd = true;
    queue.submit(
        {}, [](JobContext&) {}, note(second));
    queue.drain();
    QVERIFY(held == End::Done && through == End::Done && second == End::Done);
  }

  void aPausedJobStops() {
    End running{}, waiting{};
    bool ran = false;
    JobQueue queue("test");
    const JobId first = queue.submit({}, pollUntilStopped, note(running));
    const JobId later = queue.submit(
        {}, [&ran](JobContext&) { ran = true; }, note(waiting));
    queue.setPaused(later, true);
    queue.setPaused(first, true);
    QTRY_VERIFY(!queue.jobs()[0].isRunning);
    QCOMPARE(queue.jobs().size(), std::size_t{2});  // the waiting one waits for its person, too
    queue.cancel(first);
    QTRY_COMPARE(queue.jobs().size(), std::size_t{1});
    QVERIFY(!ran);
    queue.setPaused(later, false);
    queue.drain();
    QVERIFY(ran && running == End::Cancelled && waiting == End::Done);
  }

  void aHeldJobUnderAPausedOneGoesOnAndStops() {
    for (const bool isCancelled : {false, true}) {
      std::atomic<bool> mayEnd{false};
      End lower{}, upper{};
      JobQueue queue("test");
      const auto work = [&mayEnd](JobContext& context) {
        while (!mayEnd) context.checkpoint();
      };
      const JobId under = queue.submit({}, work, note(lower));
      pauseWhenRunning(queue, under);
      const JobId above = queue.submit({}, work, note(upper));
      pauseWhenRunning(queue, above);
      QCOMPARE(queue.jobs().size(), std::size_t{2});
      // The one above stands on it: it goes on too.
      if (isCancelled)
        queue.cancel(under);
      else
        queue.setPaused(under, false);
      QTRY_VERIFY(queue.jobs().front().isRunning);
      QCOMPARE(queue.jobs().front().id, above);
      mayEnd = true;
      queue.drain();
      QVERIFY(upper == End::Done);
      QVERIFY(lower == (isCancelled ? End::Cancelled : End::Done));
    }
  }

  void whatAJobWaitsForCannotBePaused() {
    std::atomic<bool> mayEnd{false}, isThrough{false};
    End lower{}, upper{};
    JobQueue queue("test");
    const JobId under = queue.submit(
        {},
        [&](JobContext& context) {
          while (!mayEnd) context.checkpoint();
        },
        note(lower));
    pauseWhenRunning(queue, under);
    const JobId above = queue.submit(
        {},
        [&](JobContext& context) {
          while (!isThrough) context.checkpoint();
        },
        note(upper));
    QTRY_VERIFY(queue.jobs().front().id == above && queue.jobs().front().isRunning);
    queue.setPaused(under, false);  // waits for the one above
    queue.setPaused(above, true);
    QVERIFY(!queue.jobs().front().isPaused);
    isThrough = true;
    QTRY_VERIFY(queue.jobs().front().id == under && queue.jobs().front().isRunning);
    mayEnd = true;
    queue.drain();
    QVERIFY(lower == End::Done && upper == End::Done);
  }

  void thereIsAnEndToStandingInOneAnother() {
    End ends[10] = {};
    {
      JobQueue queue("test");
      for (int i = 0; i < 9; ++i) pauseWhenRunning(queue, queue.submit({}, pollUntilStopped, note(ends[i])));
      const JobId last = queue.submit({}, pollUntilStopped, note(ends[9]));
      QCOMPARE(queue.jobs().size(), std::size_t{10});
      QVERIFY(std::ranges::none_of(queue.jobs(), &JobFact::isRunning));
      QCOMPARE(queue.jobs().back().id, last);
      QVERIFY(!queue.jobs().back().isHeld);
    }
    for (const End end : ends) QVERIFY(end == End::Cancelled);
  }

  void aLongJobLetsWaitingOnesThrough() {
    std::vector<std::string> order;
    std::promise<void> entered, opened;
    JobQueue queue("polite");
    queue.submit(
        {},
        [&](JobContext& context) {
          order.emplace_back("first half");
          entered.set_value();
          opened.get_future().wait();
          context.letOthersThrough();
          order.emplace_back("second half");
          context.letOthersThrough();  // nothing waits: it returns at once
        },
        [&](const Outcome<Done>& outcome) { order.emplace_back(outcome ? "done" : "not done"); });
    entered.get_future().wait();
    // Another long one waits for its end.
    queue.submit(
        {.title = {}, .replaceKey = {}, .isLong = true, .progress = {}},
        [&](JobContext&) { order.emplace_back("long"); }, [](const Outcome<Done>&) {});
    queue.submit(
        {}, [&](JobContext&) { order.emplace_back("short"); }, [](const Outcome<Done>&) {});
    queue.submit(
        {}, [&](JobContext& context) { context.letOthersThrough(), order.emplace_back("shorter"); },
        [](const Outcome<Done>&) {});
    opened.set_value();
    queue.drain();
    QCOMPARE(order, (std::vector<std::string>{"first half", "short", "shorter", "second half", "done", "long"}));
    // Without a queue around it there is nobody to let through.
    JobContext().letOthersThrough();
  }

  void aWaitingJobIsPutFirst() {
    Gate gate;
    std::vector<int> order;
    JobQueue queue("test");
    queue.submit({}, gate.work(), {});
    gate.waitUntilEntered();
    std::vector<JobId> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(queue.submit({}, [&order, i](JobContext&) { order.push_back(i); }, {}));
    queue.runNext(ids[2]);
    queue.runNext(999);
    gate.open();
    queue.drain();
    QCOMPARE(order, (std::vector<int>{2, 0, 1, 3}));
  }

  void cancelledWhileWaitingNeverRuns() {
    Gate gate;
    bool ran = false;
    std::size_t listedAtItsEnd = 1;
    End end{};
    JobQueue queue("test");
    queue.submit({}, gate.work(), {});
    gate.waitUntilEntered();
    const JobId id = queue.submit(
        {.title = "Wait"}, [&ran](JobContext&) { ran = true; },
        [&](const Outcome<Done>& outcome) {
          listedAtItsEnd = queue.jobs().size();
          note(end)(outcome);
        });
    QCOMPARE(queue.jobs().size(), std::size_t{2});
    QVERIFY(queue.jobs()[0].isRunning);
    QCOMPARE(queue.jobs()[1].title, std::string("Wait"));
    queue.cancel(id);
    QCOMPARE(queue.jobs().size(), std::size_t{1});
    gate.open();
    queue.drain();
    QVERIFY(!ran && end == End::Cancelled);
    QCOMPARE(listedAtItsEnd, std::size_t{0});  // it does not come back into the list to end
    QVERIFY(queue.jobs().empty());
  }

  void replaceKeyCancelsOlderJobs() {
    End running{}, waiting{}, newest{}, other{};
    std::promise<void> entered;
    JobQueue queue("test");
    queue.submit(
        {.replaceKey = "lens"},
        [&entered](JobContext& context) {
          entered.set_value();
          pollUntilStopped(context);
        },
        note(running));
    entered.get_future().wait();
    queue.submit(
        {.replaceKey = "other"}, [](JobContext&) {}, note(other));
    // This ends the running job, the next ends this one unless it has run by then.
    Gate gate;
    queue.submit({.replaceKey = "hold"}, gate.work(), {});
    queue.submit(
        {.replaceKey = "lens"}, [](JobContext&) {}, note(waiting));
    gate.waitUntilEntered();
    queue.submit(
        {.replaceKey = "lens"}, [](JobContext&) {}, note(newest));
    gate.open();
    queue.drain();
    QVERIFY(running == End::Cancelled && waiting == End::Cancelled);
    QVERIFY(newest == End::Done && other == End::Done);
  }

  void aPollingJobStopsAtOnce() {
    End end{};
    std::promise<void> entered;
    JobQueue queue("test");
    const JobId id = queue.submit(
        {},
        [&entered](JobContext& context) {
          entered.set_value();
          pollUntilStopped(context);
        },
        note(end));
    entered.get_future().wait();
    const auto start = std::chrono::steady_clock::now();
    queue.cancel(id);
    queue.drain();
    const auto latency = std::chrono::steady_clock::now() - start;
    QVERIFY(end == End::Cancelled);
    QVERIFY2(latency < std::chrono::milliseconds(200), "Stop took longer than 200 ms");
  }

  void shutdownEndsEveryJob() {
    std::vector<End> ends(50);
    End late{};
    {
      JobQueue queue("test");
      std::promise<void> entered;
      queue.submit(
          {},
          [&entered](JobContext& context) {
            entered.set_value();
            pollUntilStopped(context);
          },
          [&](const Outcome<Done>& outcome) {
            note(ends[0])(outcome);
            // Submitted while the queue closes: it still ends.
            queue.submit(
                {}, [](JobContext&) {}, note(late));
          });
      entered.get_future().wait();
      for (std::size_t i = 1; i < ends.size(); ++i)
        queue.submit(
            {}, [](JobContext&) {}, note(ends[i]));
    }
    for (const End end : ends) QVERIFY(end == End::Cancelled);
    QVERIFY(late == End::Cancelled);
  }

  void progressReachesJobsAndListeners() {
    std::vector<std::int64_t> passed;
    std::atomic<int> changes = 0;
    Gate gate;
    JobQueue queue("test");
    queue.setListener([&changes] { ++changes; });
    queue.submit(
        {.title = "Lens", .progress = [&passed](const Progress& progress) { passed.push_back(progress.done); }},
        [&gate](JobContext& context) {
          context.progress("Walk", "layers", 30, 30);
          gate.work()(context);
        },
        {});
    gate.waitUntilEntered();
    const auto jobs = queue.jobs();
    QCOMPARE(jobs.size(), std::size_t{1});
    QCOMPARE(jobs[0].progress.done, std::int64_t{30});
    QCOMPARE(jobs[0].progress.unit, std::string("layers"));
    gate.open();
    queue.drain();
    QCOMPARE(passed, std::vector<std::int64_t>{30});
    QVERIFY(changes >= 3);
    queue.setListener({});
  }

  void whatAJobHoldsIsReleasedBeforeDrainReturns() {
    auto held = std::make_shared<int>(1);
    JobQueue queue("test");
    for (int i = 0; i < 200; ++i) {
      queue.submit(
          {}, [held](JobContext&) {}, [held](const Outcome<Done>&) {});
      queue.drain();
      QCOMPARE(held.use_count(), 1L);
    }
  }

  /// The law of the queue: whatever several threads do, every job ends exactly once.
  void everyJobEndsExactlyOnce() {
    constexpr int kThreads = 4;
    constexpr int kJobs = 1500;
    std::vector<std::atomic<int>> ends(kThreads * kJobs);
    std::atomic<int> ranAfterCancel = 0;
    std::atomic<int> changes = 0;
    {
      JobQueue queue("law");
      queue.setListener([&changes] { ++changes; });
      const auto play = [&](int thread) {
        std::mt19937 random(static_cast<unsigned>(thread));
        for (int i = 0; i < kJobs; ++i) {
          std::atomic<int>& count = ends[static_cast<std::size_t>(thread * kJobs + i)];
          const unsigned kind = random() % 5;
          JobOptions options;
          if (random() % 3 == 0) options.replaceKey = "key" + std::to_string(random() % 4);
          const JobId id = queue.submit(
              std::move(options),
              [kind, &ranAfterCancel](JobContext& context) {
                if (context.isCancelled() && kind == 4) ++ranAfterCancel;
                if (kind == 0) throw std::runtime_error("planned");
                if (kind == 1) context.checkpoint();
                context.progress("p", "u", 1, 2);
              },
              [&count](const Outcome<Done>&) { ++count; });
          if (random() % 4 == 0) queue.cancel(id - random() % 8);
          if (random() % 200 == 0) queue.cancelAll();
          if (random() % 50 == 0) static_cast<void>(queue.jobs());
          if (random() % 300 == 0) queue.drain();
        }
      };
      std::vector<std::thread> threads;
      for (int thread = 0; thread < kThreads; ++thread) threads.emplace_back(play, thread);
      for (std::thread& thread : threads) thread.join();
      // Destroyed with jobs still waiting.
    }
    for (const auto& count : ends) QCOMPARE(count.load(), 1);
    QVERIFY(changes > kThreads * kJobs);
  }

  void shutdownAtRandomMomentsEndsEveryJob() {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
      std::atomic<int> ends = 0;
      const int jobs = static_cast<int>(random() % 30);
      {
        JobQueue queue("short");
        for (int i = 0; i < jobs; ++i)
          queue.submit(
              {}, [](JobContext& context) { context.checkpoint(); }, [&ends](const Outcome<Done>&) { ++ends; });
        if (random() % 2 == 0) std::this_thread::yield();
      }
      QCOMPARE(ends.load(), jobs);
    }
  }
};

QTEST_APPLESS_MAIN(TestJobQueue)
#include "tst_job_queue.moc"
