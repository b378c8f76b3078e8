#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"
#include "core/data/results.h"
#include "core/data/run_record.h"
#include "core/data/steering_vector.h"
#include "core/store/session_check.h"

namespace patchbay {

enum class OpenMode { ReadWrite, ReadOnly };

/// A steering vector with its content hash in the session.
struct StoredVector {
  std::string hash;
  SteeringVector vector;
};

/// Everything a window needs when it opens a session; results are loaded when they are looked at.
struct SessionContents {
  std::vector<RunRecord> runs;        ///< in order of their ids
  std::vector<StoredVector> vectors;  ///< in order of adding
  std::map<std::string, Json> state;  ///< by key
  bool isReadOnly = false;
  std::optional<Error> readOnlyReason;  ///< why a file opened for writing is read-only
  std::vector<Error> problems;          ///< damaged vectors and state values, which are left out
};

/// Content hash of a vector: equal vectors have equal hashes, in every session. 64 hexadecimal digits.
[[nodiscard]] std::string contentHash(const SteeringVector& vector);

/// One session file, format in SCHEMA.md. A run is saved when the call that saves it has returned.
///
/// Errors   STORE-01 cannot be opened, STORE-02 not a session, STORE-03 written by a newer or older version,
///          STORE-04 damaged, STORE-06 read-only, STORE-07 no such run or vector, STORE-08 disk full,
///          STORE-09 disk fails or is read-only, STORE-10 mistake of the program, STORE-11 too large.
/// Thread   one at a time; the window uses SessionWriter.
class SessionStore {
public:
  /// Opens a session; a missing or empty file is created when `mode` is ReadWrite.
  ///
  /// One writer at a time: when another window or program has the file open, or the disk cannot be written, it is
  /// opened read-only and `readOnlyReason` says why (STORE-05 for another window). Runs left queued or running by
  /// a program that ended are marked interrupted.
  [[nodiscard]] static Outcome<std::unique_ptr<SessionStore>> open(const std::string& path, OpenMode mode);
  /// Leaves one plain file.
  ~SessionStore();
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] bool isReadOnly() const;
  [[nodiscard]] const std::optional<Error>& readOnlyReason() const;

  /// Adds a run, with its result if it has one. `run.id` 0 takes the next free id.
  /// Errors   STORE-10 when there is a run of that id.
  [[nodiscard]] Outcome<RunId> addRun(const RunRecord& run, const ResultDocument* result);
  /// Writes all facts and the result of a run in one transaction; adds the run when it is not there yet.
  [[nodiscard]] Outcome<Done> finishRun(const RunRecord& run, const ResultDocument* result);
  /// Writes what a person or the queue changes: title, note, star, pin, trash, status.
  [[nodiscard]] Outcome<Done> updateRun(const RunRecord& run);
  /// Removes trashed runs and their results from the file for good. Runs that came from them lose the link; the ids are
  /// not given again.
  [[nodiscard]] Outcome<Done> purgeRuns(const std::vector<RunId>& runs);
  /// Gives the room of what was removed back to the disk; a disk without room for it leaves the file as it is.
  [[nodiscard]] Outcome<Done> compact();
  /// Bytes in the file that only trashed runs use.
  [[nodiscard]] Outcome<std::int64_t> trashedBytes();
  /// The highest id a run has or had, 0 before the first.
  [[nodiscard]] Outcome<RunId> lastRun();
  /// All runs in order of their ids. A damaged one has status Failed and STORE-04 as its error.
  [[nodiscard]] Outcome<std::vector<RunRecord>> runs();
  /// Errors   STORE-07 when the run has no result; STORE-04 when a size, hash or shape is wrong.
  [[nodiscard]] Outcome<ResultDocument> result(RunId run);

  /// Adds a vector and gives its content hash; a vector already there is not added twice.
  [[nodiscard]] Outcome<std::string> addVector(const SteeringVector& vector);
  [[nodiscard]] Outcome<std::vector<StoredVector>> vectors();
  [[nodiscard]] Outcome<Done> removeVector(const std::string& hash);

  /// Drafts, layout, selection, undo history and the like, by key.
  [[nodiscard]] Outcome<Done> putState(std::string_view key, const Json& value);
  /// Null when there is none of that key.
  [[nodiscard]] Outcome<Json> state(std::string_view key);

  /// Runs, vectors and state together.
  [[nodiscard]] Outcome<SessionContents> contents();
  /// Checks the whole file: database, references, every hash, every request, result and vector.
  [[nodiscard]] Outcome<SessionCheck> verify();
  /// Writes a compact copy to `path` in one step; a file there is replaced only by a complete copy.
  [[nodiscard]] Outcome<Done> saveCopy(const std::string& path);

private:
  struct State;
  explicit SessionStore(std::unique_ptr<State> state);

  std::unique_ptr<State> m_state;
};

}  // namespace patchbay
