#include <cstdio>
#include <future>
#include <semaphore>

#include <unistd.h>

#include "core/store/session_writer.h"
#include "tests/core/data/samples.h"

using namespace patchbay;

namespace {

/// Work that may wait to be saved at a time: enough to keep the session busy, little enough to stay small.
constexpr int kMostWaiting = 6;

void printId(RunId id) {
  char line[32];
  const int length = std::snprintf(line, sizeof line, "%lld\n", static_cast<long long>(id));
  if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(length)) != length) ::_exit(3);
}

/// Adds runs as the window does, and prints the id of each that is saved, until it is killed.
int work(SessionWriter& writer) {
  std::counting_semaphore<> room(kMostWaiting);
  for (unsigned round = 0;; ++round) {
    room.acquire();
    RunRecord run = samples::run();
    run.status = RunStatus::Running;
    run.id = writer.addRun(run, nullptr);
    writer.putState("selection", Json{{"run", run.id}});
    if (round % 7 == 0) writer.addVector(samples::vector(round));
    run.status = RunStatus::Done;
    const auto seed = static_cast<unsigned>(run.id);
    const auto result = std::make_shared<const ResultDocument>(samples::lens(seed, 8, 16).toDocument());
    writer.finishRun(run, result, [&room, id = run.id](const Outcome<Done>& saved) {
      if (!saved) ::_exit(4);
      printId(id);
      room.release();
    });
  }
}

}  // namespace

/// The program that tst_store_crash kills: `store_crash_writer SESSION`.
int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::promise<bool> opened;
  SessionWriter writer(arguments[1], OpenMode::ReadWrite, [&opened](const Outcome<SessionContents>& contents) {
    opened.set_value(contents && !contents->isReadOnly);
  });
  return opened.get_future().get() ? work(writer) : 5;
}
