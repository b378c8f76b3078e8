#include <QtTest>

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <sys/resource.h>
#include <sys/stat.h>

#include "core/store/session_writer.h"
#include "tests/core/data/samples.h"
#include "tests/core/store/session_file.h"

using namespace patchbay;

namespace {

/// A disk on which no file can grow beyond `bytes` while this lives.
class FullDisk {
public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &m_before);
    rlimit limit = m_before;
    limit.rlim_cur = bytes;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) qFatal("setrlimit");
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &m_before); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

private:
  rlimit m_before{};
};

/// A writer that waits for its answers: what the window does by callbacks.
class Window {
public:
  explicit Window(const std::string& path, OpenMode mode = OpenMode::ReadWrite) {
    auto answer = std::make_shared<std::promise<Outcome<SessionContents>>>();
    writer = std::make_unique<SessionWriter>(
        path, mode, [answer](Outcome<SessionContents> contents) { answer->set_value(std::move(contents)); });
    opened.emplace(answer->get_future().get());
    writer->setStatusListener([this](const SaveStatus& status) {
      const std::lock_guard lock(m_mutex);
      m_troubles.push_back(status.trouble ? status.trouble->code : "");
    });
  }

  /// What a call answers that takes a completion as its last argument.
  template <typename T = Done, typename Call>
  Outcome<T> ask(Call call) {
    auto answer = std::make_shared<std::promise<Outcome<T>>>();
    call([answer](Outcome<T> outcome) { answer->set_value(std::move(outcome)); });
    return answer->get_future().get();
  }
  Outcome<ResultDocument> result(RunId run) {
    return ask<ResultDocument>([&](auto done) { writer->loadResult(run, done); });
  }
  Outcome<Done> close() {
    return ask([&](auto done) { writer->close(done); });
  }
  /// Waits until everything asked so far was tried.
  void settle() { static_cast<void>(result(-1)); }
  std::vector<std::string> troubles() {
    const std::lock_guard lock(m_mutex);
    return m_troubles;
  }

  std::optional<Outcome<SessionContents>> opened;

private:
  std::mutex m_mutex;
  std::vector<std::string> m_troubles;

public:
  // Ends before what its listener writes to.
  std::unique_ptr<SessionWriter> writer;
};

std::shared_ptr<const ResultDocument> lens(unsigned seed, std::int64_t tokens = 4) {
  return std::make_shared<const ResultDocument>(samples::lens(seed, 30, tokens).toDocument());
}

}  // namespace

class TestSessionWriter : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void whatIsSavedIsThereAgain() {
    const samples::SessionFile file;
    RunRecord run = samples::run();
    const auto result = lens(1);
    {
      Window window(file.path());
      QVERIFY(window.opened->hasValue());
      run.id = window.writer->addRun(run, nullptr);
      QCOMPARE(run.id, RunId{1});
      QCOMPARE(window.writer->addRun(samples::run(), nullptr), RunId{2});
      QVERIFY(window.ask([&](auto done) { window.writer->finishRun(run, result, done); }).hasValue());
      QVERIFY(window.writer->lastSavedMs() > 0);
      QCOMPARE(window.writer->addVector(samples::vector(1)), contentHash(samples::vector(1)));
      window.writer->putState("layout", 5);
      run.note = "later";
      window.writer->updateRun(run);
      QVERIFY(samples::equal(*window.result(1), *result));
      QCOMPARE(window.result(2).error().code, std::string("STORE-07"));
    }
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
    Window window(file.path());
    const SessionContents& contents = **window.opened;
    QCOMPARE(contents.runs.size(), std::size_t{2});
    QVERIFY(contents.runs[0] == run);
    QVERIFY(contents.vectors.at(0).vector == samples::vector(1));
    QVERIFY(contents.state.at("layout") == 5);
    QVERIFY(samples::equal(*window.result(1), *result));
    QCOMPARE(window.writer->addRun(samples::run(), nullptr), RunId{3});
    window.writer->removeVector(contents.vectors.at(0).hash);
    QVERIFY(window.ask<SessionCheck>([&](auto done) { window.writer->verify(done); })->isSound());
    QCOMPARE(window.writer->pending(), 0);
    QVERIFY(window.troubles().empty());
  }

  void idsOfPurgedRunsAreNotGivenAgain() {
    const samples::SessionFile file;
    {
      Window window(file.path());
      RunRecord run = samples::run();
      run.isTrashed = true;
      const auto result = std::make_shared<const ResultDocument>(samples::generate().toDocument());
      run.id = window.writer->addRun(run, result);
      QVERIFY(*window.ask<std::int64_t>([&](auto done) { window.writer->trashedBytes(done); }) > 0);
      QVERIFY(window.ask([&](auto done) { window.writer->purgeRuns({run.id}, done); }).hasValue());
    }
    Window window(file.path());
    QVERIFY((*window.opened)->runs.empty());
    QCOMPARE(window.writer->addRun(samples::run(), nullptr), RunId{2});
  }

  void completionsComeOnceInOrder() {
    const samples::SessionFile file;
    std::vector<int> order;
    {
      Window window(file.path());
      for (int i = 0; i < 200; ++i) {
        if (i % 3 == 0)
          window.writer->addRun(samples::run(), nullptr, [&order, i](const Outcome<Done>&) { order.push_back(i); });
        else
          window.writer->putState("key" + std::to_string(i), i,
                                  [&order, i](const Outcome<Done>&) { order.push_back(i); });
      }
    }
    QCOMPARE(order.size(), std::size_t{200});
    QVERIFY(std::ranges::is_sorted(order));
  }

  void valuesOfOneKeyGiveWayToTheNewest() {
    const samples::SessionFile file;
    std::atomic<int> completions = 0;
    {
      Window window(file.path());
      for (int i = 0; i < 500; ++i)
        window.writer->putState("slider", i,
                                [&completions](const Outcome<Done>& saved) { completions += saved ? 1 : 0; });
    }
    QCOMPARE(completions.load(), 500);
    QVERIFY(*file.open()->state("slider") == 499);
  }

  void aMistakeIsReportedAndForgotten() {
    const samples::SessionFile file;
    Window window(file.path());
    RunRecord missing = samples::run();
    missing.id = 99;
    QCOMPARE(window.ask([&](auto done) { window.writer->updateRun(missing, done); }).error().code,
             std::string("STORE-07"));
    QVERIFY(window.ask([&](auto done) { window.writer->putState("a", 1, done); }).hasValue());
    QCOMPARE(window.writer->pending(), 0);
    QVERIFY(window.troubles().empty());
  }

  void aFileThatIsNoSessionRefusesEverything() {
    const samples::SessionFile file;
    QFile other(QString::fromStdString(file.path()));
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write("not a session at all");
    other.close();
    Window window(file.path());
    QCOMPARE(window.opened->error().code, std::string("STORE-02"));
    QCOMPARE(window.writer->addRun(samples::run(), nullptr), RunId{0});
    QVERIFY(window.ask([&](auto done) { window.writer->putState("a", 1, done); }).isError());
    QVERIFY(window.result(1).isError());
    QVERIFY(window.ask([&](auto done) { window.writer->saveCopy(file.path("copy.patchbay"), done); }).isError());
    QCOMPARE(other.size(), qint64{20});
  }

  void aFullDiskKeepsTheWorkAndSavesItLater() {
    const samples::SessionFile file;
    Window window(file.path());
    QVERIFY(window.ask([&](auto done) { window.writer->addRun(samples::run(), lens(1), done); }).hasValue());
    std::atomic<int> saved = 0;
    const auto count = [&saved](const Outcome<Done>& outcome) { saved += outcome ? 1 : 0; };
    {
      const FullDisk disk(200 << 10);
      for (unsigned i = 2; i <= 6; ++i) window.writer->addRun(samples::run(), lens(i, 200), count);
      window.writer->putState("layout", 1, count);
      window.writer->putState("layout", 2, count);
      window.settle();
      QCOMPARE(saved.load(), 0);
      QCOMPARE(window.writer->pending(), 6);
      QCOMPARE(window.troubles().size(), std::size_t{1});
      QVERIFY(window.troubles()[0] == "STORE-08" || window.troubles()[0] == "STORE-09");
      QVERIFY(!window.writer->trouble()->advice.empty());
      // What waits and what was saved before can be looked at.
      QVERIFY(samples::equal(*window.result(4), *lens(4, 200)));
      QVERIFY(samples::equal(*window.result(1), *lens(1)));
      QVERIFY(window.close().isError());
      window.writer->retryNow();
      window.settle();
      QCOMPARE(window.troubles().size(), std::size_t{1});
    }
    window.writer->retryNow();
    window.settle();
    QCOMPARE(saved.load(), 7);
    QCOMPARE(window.writer->pending(), 0);
    QVERIFY(!window.writer->trouble());
    QCOMPARE(window.troubles().size(), std::size_t{2});
    QCOMPARE(window.troubles()[1], std::string());
    QVERIFY(window.close().hasValue());
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
    const auto store = file.open();
    for (unsigned i = 2; i <= 6; ++i) QVERIFY(samples::equal(*store->result(i), *lens(i, 200)));
    QVERIFY(store->verify()->isSound());
  }

  void itTriesAgainByItself() {
    const samples::SessionFile file;
    Window window(file.path());
    std::promise<bool> saved;
    {
      const FullDisk disk(100 << 10);
      window.writer->addRun(samples::run(), lens(2, 300),
                            [&saved](const Outcome<Done>& outcome) { saved.set_value(outcome.hasValue()); });
      window.settle();
      QCOMPARE(window.writer->pending(), 1);
    }
    auto answer = saved.get_future();
    QVERIFY(answer.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    QVERIFY(answer.get());
  }

  void aSessionThatCannotBeMadeYetStartsInMemory() {
    const samples::SessionFile file;
    const std::string folder = file.folder() + "/later";
    const std::string path = folder + "/work.patchbay";
    Window window(path);
    QVERIFY(window.opened->hasValue());
    QVERIFY(window.writer->trouble().has_value());
    QCOMPARE(window.writer->addRun(samples::run(), lens(1)), RunId{1});
    QVERIFY(samples::equal(*window.result(1), *lens(1)));
    // A copy elsewhere takes along what waits.
    QVERIFY(window.ask([&](auto done) { window.writer->saveCopy(file.path(), done); }).hasValue());
    QVERIFY(samples::equal(*file.open()->result(1), *lens(1)));
    QCOMPARE(::mkdir(folder.c_str(), 0755), 0);
    window.writer->retryNow();
    window.settle();
    QCOMPARE(window.writer->pending(), 0);
    QVERIFY(!window.writer->trouble());
    QVERIFY(window.close().hasValue());
    const auto store = SessionStore::open(path, OpenMode::ReadWrite);
    QVERIFY(samples::equal(*(*store)->result(1), *lens(1)));
  }

  void aSessionMadeElsewhereMeanwhileIsNotOverwritten() {
    const samples::SessionFile file;
    const std::string folder = file.folder() + "/later";
    const std::string path = folder + "/work.patchbay";
    Window window(path);
    window.writer->addRun(samples::run(), lens(1));
    window.settle();
    QCOMPARE(::mkdir(folder.c_str(), 0755), 0);
    QVERIFY((*SessionStore::open(path, OpenMode::ReadWrite))->addRun(samples::run(), nullptr).hasValue());
    window.writer->retryNow();
    window.settle();
    QCOMPARE(window.writer->trouble()->code, std::string("STORE-12"));
    QCOMPARE(window.writer->pending(), 1);
  }

  void aSecondWindowReadsAndKeepsItsWorkForACopy() {
    const samples::SessionFile file;
    Window first(file.path());
    QVERIFY(first.ask([&](auto done) { first.writer->addRun(samples::run(), lens(1), done); }).hasValue());
    Window second(file.path());
    const SessionContents& contents = **second.opened;
    QVERIFY(contents.isReadOnly);
    QCOMPARE(contents.readOnlyReason->code, std::string("STORE-05"));
    QCOMPARE(contents.runs.size(), std::size_t{1});
    QVERIFY(samples::equal(*second.result(1), *lens(1)));
    second.writer->putState("layout", 3);
    QCOMPARE(second.writer->addRun(samples::run(), lens(2)), RunId{2});
    QVERIFY(samples::equal(*second.result(2), *lens(2)));
    QCOMPARE(second.writer->pending(), 1);
    QVERIFY(second.close().isError());
    QVERIFY(second.ask([&](auto done) { second.writer->saveCopy(file.path("copy.patchbay"), done); }).hasValue());
    const auto copy = SessionStore::open(file.path("copy.patchbay"), OpenMode::ReadWrite);
    QVERIFY(samples::equal(*(*copy)->result(2), *lens(2)));
    QVERIFY(*(*copy)->state("layout") == 3);
    QVERIFY(first.close().hasValue());
    QCOMPARE(file.open()->runs()->size(), std::size_t{1});
  }

  void whatCannotBeSavedIsToldAtTheEnd() {
    const samples::SessionFile file;
    file.open().reset();
    std::atomic<int> told = 0;
    {
      Window window(file.path(), OpenMode::ReadOnly);
      window.writer->addRun(samples::run(), nullptr,
                            [&told](const Outcome<Done>& outcome) { told += outcome.isError() ? 1 : 0; });
      window.writer->putState("a", 1, [&told](const Outcome<Done>& outcome) { told += outcome.isError() ? 1 : 0; });
      window.settle();
      QCOMPARE(told.load(), 0);
    }
    QCOMPARE(told.load(), 2);
  }

  void aClosedWriterOpensAgainForMoreWork() {
    const samples::SessionFile file;
    Window window(file.path());
    window.writer->addRun(samples::run(), lens(1));
    QVERIFY(window.close().hasValue());
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
    QCOMPARE(window.writer->addRun(samples::run(), lens(2)), RunId{2});
    QVERIFY(samples::equal(*window.result(2), *lens(2)));
    QVERIFY(window.close().hasValue());
    QCOMPARE(file.open()->runs()->size(), std::size_t{2});
  }

  void severalThreadsWriteAtOnce() {
    const samples::SessionFile file;
    std::atomic<int> saved = 0;
    {
      Window window(file.path());
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
          for (int i = 0; i < 40; ++i) {
            window.writer->addRun(samples::run(), nullptr,
                                  [&saved](const Outcome<Done>& outcome) { saved += outcome ? 1 : 0; });
            window.writer->putState("thread" + std::to_string(t), i);
            window.writer->loadResult(i + 1, [](const Outcome<ResultDocument>&) {});
            static_cast<void>(window.writer->pending());
          }
        });
      for (std::thread& thread : threads) thread.join();
    }
    QCOMPARE(saved.load(), 160);
    QCOMPARE(file.open()->runs()->size(), std::size_t{160});
  }
};

QTEST_APPLESS_MAIN(TestSessionWriter)
#include "tst_session_writer.moc"
