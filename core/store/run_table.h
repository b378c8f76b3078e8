#pragma once

#include <vector>

#include "core/data/results.h"
#include "core/data/run_record.h"
#include "core/store/database.h"

namespace patchbay {

/// Runs and their results. Tables `run` and, through ArrayTable, `run_array`.
///
/// Writing functions are called inside a transaction.
/// Errors   functions throw StoreFailure.
class RunTable {
public:
  explicit RunTable(Database& database) : m_database(database) {}

  /// Adds a run, or replaces all facts of the run of that id. Gives its id; `run.id` 0 takes the next one.
  RunId put(const RunRecord& run);
  /// Replaces the result of a run.
  void putResult(RunId run, const ResultDocument& result);
  /// Title, note, star, pin, trash, status. Errors   STORE-07.
  void updateMarks(const RunRecord& run);
  /// Removes trashed runs of these ids with their results, and what nobody else uses of these; runs that came from
  /// them stay and lose the link. Ids of other runs are left out.
  void purge(const std::vector<RunId>& runs);
  /// Bytes in the file that only trashed runs use.
  [[nodiscard]] std::int64_t trashedBytes();
  /// Runs left queued or running become interrupted.
  void interruptUnfinished();

  [[nodiscard]] bool exists(RunId run);
  /// In order of ids. A damaged row is Failed with STORE-04 and no request.
  [[nodiscard]] std::vector<RunRecord> all();
  /// True when a result is stored. Errors   STORE-07 when there is no such run.
  [[nodiscard]] bool hasResult(RunId run);
  /// Errors   STORE-07 without run or result, STORE-04.
  [[nodiscard]] ResultDocument result(RunId run);

private:
  void removeResult(RunId run);

  Database& m_database;
};

}  // namespace patchbay
