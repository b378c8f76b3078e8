#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/jobs/job_queue.h"
#include "core/store/session_store.h"

namespace patchbay {

/// How saving stands. `trouble` is why changes wait in memory, empty while all is well.
struct SaveStatus {
  int pending = 0;               ///< changes not on disk yet
  std::int64_t lastSavedMs = 0;  ///< since 1970, UTC; 0 before the first
  std::optional<Error> trouble;
};

/// The window's face of a session: every write is queued in order and done on the session's own thread.
///
/// A change stays in memory until its transaction is committed. When the disk is full, fails or is read-only, or the
/// session is open elsewhere, changes wait: they are retried with growing pauses and by `retryNow`, `saveCopy` takes
/// them along, and results that wait can be read. The completion of a change is called once, after the commit.
/// Thread   all functions from any thread, none blocks but the destructor; callbacks on the session's thread.
class SessionWriter {
public:
  using Opened = std::function<void(Outcome<SessionContents>)>;
  using Completion = std::function<void(Outcome<Done>)>;
  using LoadedResult = std::function<void(Outcome<ResultDocument>)>;
  using StatusListener = std::function<void(const SaveStatus&)>;

  /// Opens `path` and calls `opened` once. A new session whose file cannot be made yet opens empty, with trouble.
  SessionWriter(std::string path, OpenMode mode, Opened opened);
  /// Saves what waits, tells the completions of what could not be saved, leaves one plain file. Blocks; after
  /// `close` was answered it is quick.
  ~SessionWriter();
  SessionWriter(const SessionWriter&) = delete;
  SessionWriter& operator=(const SessionWriter&) = delete;

  [[nodiscard]] const std::string& path() const;

  /// Queues a new run and gives its id at once. `result` may be null.
  /// Errors   before `opened` has been answered the id is 0 and the run is refused (STORE-01).
  RunId addRun(RunRecord run, std::shared_ptr<const ResultDocument> result, Completion done = {});
  /// Queues the facts and the result of a run: one transaction.
  void finishRun(RunRecord run, std::shared_ptr<const ResultDocument> result, Completion done = {});
  /// Queues title, note, star, pin, trash and status.
  void updateRun(RunRecord run, Completion done = {});
  /// Queues the removal of trashed runs for good; see SessionStore::purgeRuns.
  void purgeRuns(std::vector<RunId> runs, Completion done = {});
  /// Queues giving the room of what was removed back to the disk.
  void compact(Completion done = {});
  /// Bytes in the file that only trashed runs use.
  void trashedBytes(std::function<void(Outcome<std::int64_t>)> counted);
  /// Queues a vector and gives its content hash at once.
  std::string addVector(SteeringVector vector, Completion done = {});
  void removeVector(std::string hash, Completion done = {});
  /// Queues a value; a value of the same key that waits last is replaced, both completions are called.
  void putState(std::string key, Json value, Completion done = {});

  /// Reads a result; one that waits to be saved is taken from memory.
  void loadResult(RunId run, LoadedResult loaded);
  void verify(std::function<void(Outcome<SessionCheck>)> checked);
  /// Writes a complete copy, waiting changes included.
  void saveCopy(std::string path, Completion done);

  /// Number of changes not on disk yet.
  [[nodiscard]] int pending() const;
  [[nodiscard]] std::int64_t lastSavedMs() const;
  /// The trouble now, if any.
  [[nodiscard]] std::optional<Error> trouble() const;
  /// Called when trouble begins, changes its kind, and ends; each once.
  void setStatusListener(StatusListener listener);
  /// Tries to save what waits without waiting for the next retry.
  void retryNow();

  /// Saves what waits and closes the file, then calls `done`: an Error when changes could not be saved; these
  /// stay in memory, and `retryNow`, `saveCopy` and `close` may be called again.
  void close(Completion done);

private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace patchbay
