#include <QtTest>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "core/store/write_lock.h"
#include "tests/core/store/session_file.h"

using namespace patchbay;

class TestWriteLock : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void oneHolderAtATime() {
    const samples::SessionFile file;
    {
      const WriteLock first(file.path());
      QVERIFY(!first.refusal());
      const WriteLock second(file.path());
      QVERIFY(second.refusal() == WriteLock::Refusal::HeldElsewhere);
    }
    const WriteLock third(file.path());
    QVERIFY(!third.refusal());
  }

  void aRefusedLockLeavesTheHoldersFile() {
    const samples::SessionFile file;
    const WriteLock first(file.path());
    { const WriteLock second(file.path()); }
    QCOMPARE(file.names(), QStringList{"work.patchbay.lock"});
  }

  void nothingStaysBehind() {
    const samples::SessionFile file;
    { const WriteLock lock(file.path()); }
    QVERIFY(file.names().isEmpty());
  }

  void aKilledHolderBlocksNobody() {
    const samples::SessionFile file;
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const WriteLock lock(file.path());
      const char taken = lock.refusal() ? 'n' : 'y';
      if (::write(ready[1], &taken, 1) != 1) ::_exit(1);
      ::pause();
      ::_exit(0);
    }
    char taken = 0;
    QCOMPARE(::read(ready[0], &taken, 1), ssize_t{1});
    QCOMPARE(taken, 'y');
    { QVERIFY(WriteLock(file.path()).refusal() == WriteLock::Refusal::HeldElsewhere); }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    QCOMPARE(file.names(), QStringList{"work.patchbay.lock"});
    QVERIFY(!WriteLock(file.path()).refusal());
  }

  void aMissingFolderIsSaid() {
    const samples::SessionFile file;
    const WriteLock lock(file.folder() + "/none/a.patchbay");
    QVERIFY(lock.refusal() == WriteLock::Refusal::FolderNotWritable);
    QVERIFY(!lock.reason().empty());
  }

  void manyThreadsNeverHoldItTogether() {
    const samples::SessionFile file;
    std::atomic<int> holders = 0, together = 0, taken = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          const WriteLock lock(file.path());
          if (lock.refusal()) continue;
          if (++holders > 1) ++together;
          ++taken;
          --holders;
        }
      });
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(together.load(), 0);
    QVERIFY(taken > 0);
  }
};

QTEST_APPLESS_MAIN(TestWriteLock)
#include "tst_write_lock.moc"
