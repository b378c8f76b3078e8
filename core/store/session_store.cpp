#include "core/store/session_store.h"

#include <filesystem>

#include "core/base/log.h"
#include "core/store/exact_json.h"
#include "core/store/file_copy.h"
#include "core/store/run_table.h"
#include "core/store/schema.h"
#include "core/store/session_verifier.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"
#include "core/store/transaction.h"
#include "core/store/vector_table.h"
#include "core/store/write_lock.h"

namespace patchbay {

struct SessionStore::State {
  std::string path;
  // The lock outlives the connection: the file is plain again before another may write.
  std::unique_ptr<WriteLock> lock;
  std::unique_ptr<Database> database;
  bool isReadOnly = false;
  std::optional<Error> readOnlyReason;

  /// The change `work` makes, as one transaction.
  template <typename Work>
  auto change(Work&& work) {
    return guarded([&] {
      if (isReadOnly) throw StoreFailure{readOnlyError()};
      Transaction transaction(*database);
      auto value = work();
      transaction.commit();
      return value;
    });
  }

  [[nodiscard]] Error readOnlyError() const {
    return {.code = "STORE-06",
            .what = "this session is open for reading only",
            .file = path,
            .field = {},
            .found = readOnlyReason ? readOnlyReason->what : std::string(),
            .expected = {},
            .advice = "Save a copy and work in the copy."};
  }
};

namespace {

/// State key of the highest id a purged run had.
constexpr const char* kLastRun = "last-run";
/// No session counts this far; a damaged note must not use up the ids.
constexpr RunId kMaxRun = RunId{1} << 53;

Error cannotOpen(const std::string& path, std::string found) {
  return {.code = "STORE-01",
          .what = "the session cannot be opened",
          .file = path,
          .field = {},
          .found = std::move(found),
          .expected = "a session file",
          .advice = "Pick another file."};
}

Error takenId(const std::string& path, RunId run) {
  return {.code = "STORE-10",
          .what = "the program made a mistake: a run of this number is there already",
          .file = path,
          .field = "run " + std::to_string(run),
          .found = {},
          .expected = {},
          .advice = "Please report it with the log."};
}

Error refusalError(const WriteLock& lock, const std::string& path) {
  if (*lock.refusal() == WriteLock::Refusal::HeldElsewhere) {
    return {.code = "STORE-05",
            .what = "this session is open in another window",
            .file = path,
            .field = {},
            .found = {},
            .expected = {},
            .advice = "It can be read here. Close the other window to write, or save a copy."};
  }
  return {.code = "STORE-09",
          .what = "the session's folder cannot be written",
          .file = path,
          .field = {},
          .found = lock.reason(),
          .expected = {},
          .advice = "Save a copy in another folder."};
}

void writeState(Database& database, std::string_view key, const Json& value) {
  Statement put(
      database,
      "INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  put.bind(1, key).bind(2, exactText(value)).run();
}

/// Write-ahead log while open; where the disk cannot do it, SQLite stays with its journal, which is as safe.
void beginWriting(Database& database) {
  database.execute("PRAGMA journal_mode=WAL");
  Transaction transaction(database);
  RunTable(database).interruptUnfinished();
  transaction.commit();
}

}  // namespace

Outcome<std::unique_ptr<SessionStore>> SessionStore::open(const std::string& givenPath, OpenMode mode) {
  return guarded([&] {
    auto state = std::make_unique<State>();
    std::error_code failure;
    state->path = std::filesystem::absolute(givenPath, failure).string();
    const std::string& path = state->path;
    if (givenPath.empty()) throw StoreFailure{cannotOpen(givenPath, "no name")};
    if (std::filesystem::is_directory(path, failure)) throw StoreFailure{cannotOpen(path, "a folder")};
    const bool exists = std::filesystem::exists(path, failure);
    if (mode == OpenMode::ReadOnly && !exists) throw StoreFailure{cannotOpen(path, "nothing of that name")};

    if (mode == OpenMode::ReadWrite) {
      state->lock = std::make_unique<WriteLock>(path);
      if (state->lock->refusal()) state->readOnlyReason = refusalError(*state->lock, path);
      if (state->readOnlyReason && !exists) throw StoreFailure{*state->readOnlyReason};
    }
    state->isReadOnly = mode == OpenMode::ReadOnly || state->readOnlyReason.has_value();
    state->database =
        std::make_unique<Database>(path, state->isReadOnly ? Database::Access::Read : Database::Access::Create);
    if (!state->isReadOnly && state->database->isReadOnly()) {
      state->isReadOnly = true;
      state->readOnlyReason = Error{.code = "STORE-09",
                                    .what = "the session file cannot be written",
                                    .file = path,
                                    .field = {},
                                    .found = "a read-only file",
                                    .expected = {},
                                    .advice = "Save a copy in another place."};
    }
    prepareSchema(*state->database, !state->isReadOnly);
    if (!state->isReadOnly) beginWriting(*state->database);
    return std::unique_ptr<SessionStore>(new SessionStore(std::move(state)));
  });
}

SessionStore::SessionStore(std::unique_ptr<State> state) : m_state(std::move(state)) {}

SessionStore::~SessionStore() {
  if (m_state->isReadOnly) return;
  const auto closed = guarded([&] {
    // A reader elsewhere keeps the log in place; that is no reason to wait.
    m_state->database->setBusyWait(0);
    m_state->database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    m_state->database->execute("PRAGMA journal_mode=DELETE");
    return Done{};
  });
  if (closed.isError()) log(LogLevel::Info, "the session keeps its log file: " + closed.error().message());
}

const std::string& SessionStore::path() const { return m_state->path; }
bool SessionStore::isReadOnly() const { return m_state->isReadOnly; }
const std::optional<Error>& SessionStore::readOnlyReason() const { return m_state->readOnlyReason; }

Outcome<RunId> SessionStore::addRun(const RunRecord& run, const ResultDocument* result) {
  return m_state->change([&] {
    RunTable runs(*m_state->database);
    if (runs.exists(run.id)) throw StoreFailure{takenId(path(), run.id)};
    const RunId id = runs.put(run);
    if (result) runs.putResult(id, *result);
    return id;
  });
}

Outcome<Done> SessionStore::finishRun(const RunRecord& run, const ResultDocument* result) {
  return m_state->change([&] {
    RunTable runs(*m_state->database);
    const RunId id = runs.put(run);
    if (result) runs.putResult(id, *result);
    return Done{};
  });
}

Outcome<Done> SessionStore::updateRun(const RunRecord& run) {
  return m_state->change([&] {
    RunTable(*m_state->database).updateMarks(run);
    return Done{};
  });
}

Outcome<Done> SessionStore::purgeRuns(const std::vector<RunId>& runs) {
  const auto last = lastRun();
  if (!last) return last.failure<Done>();
  return m_state->change([&] {
    RunTable(*m_state->database).purge(runs);
    // An id that was given again would be taken for the purged run by whoever still knows it.
    writeState(*m_state->database, kLastRun, Json(*last));
    return Done{};
  });
}

Outcome<Done> SessionStore::compact() {
  const auto shrunk = guarded([&] {
    m_state->database->execute("VACUUM");
    return Done{};
  });
  if (shrunk.isError()) log(LogLevel::Info, "the session file keeps its size: " + shrunk.error().message());
  return Done{};
}

Outcome<std::int64_t> SessionStore::trashedBytes() {
  return guarded([&] { return RunTable(*m_state->database).trashedBytes(); });
}

Outcome<RunId> SessionStore::lastRun() {
  const auto kept = state(kLastRun);
  const RunId noted = kept && kept->is_number_integer() ? kept->get<RunId>() : 0;
  return guarded([&] {
    const RunId last = m_state->database->integer("SELECT coalesce(max(id), 0) FROM run");
    return noted > last && noted < kMaxRun ? noted : last;
  });
}

Outcome<std::vector<RunRecord>> SessionStore::runs() {
  return guarded([&] { return RunTable(*m_state->database).all(); });
}

Outcome<ResultDocument> SessionStore::result(RunId run) {
  return guarded([&] { return RunTable(*m_state->database).result(run); });
}

Outcome<std::string> SessionStore::addVector(const SteeringVector& vector) {
  return m_state->change([&] { return VectorTable(*m_state->database).put(vector); });
}

Outcome<std::vector<StoredVector>> SessionStore::vectors() {
  return guarded([&] {
    std::vector<StoredVector> vectors;
    VectorTable table(*m_state->database);
    for (const std::int64_t id : table.ids()) vectors.push_back(table.load(id));
    return vectors;
  });
}

Outcome<Done> SessionStore::removeVector(const std::string& hash) {
  return m_state->change([&] {
    VectorTable(*m_state->database).remove(hash);
    return Done{};
  });
}

Outcome<Done> SessionStore::putState(std::string_view key, const Json& value) {
  return m_state->change([&] {
    writeState(*m_state->database, key, value);
    return Done{};
  });
}

Outcome<Json> SessionStore::state(std::string_view key) {
  return guarded([&] {
    Statement row(*m_state->database, "SELECT value FROM state WHERE key = ?1");
    row.bind(1, key);
    return row.step() ? exactJson(row.text(0), path(), "state " + std::string(key)) : Json();
  });
}

Outcome<SessionContents> SessionStore::contents() {
  return guarded([&] {
    SessionContents contents{.runs = RunTable(*m_state->database).all(),
                             .vectors = {},
                             .state = {},
                             .isReadOnly = isReadOnly(),
                             .readOnlyReason = readOnlyReason(),
                             .problems = {}};
    // One damaged part must not hide the others.
    VectorTable table(*m_state->database);
    for (const std::int64_t id : table.ids()) {
      auto vector = guarded([&] { return table.load(id); });
      if (vector)
        contents.vectors.push_back(std::move(*vector));
      else
        contents.problems.push_back(vector.error());
    }
    Statement rows(*m_state->database, "SELECT key, value FROM state");
    while (rows.step()) {
      const std::string key(rows.text(0));
      auto value = guarded([&] { return exactJson(rows.text(1), path(), "state " + key); });
      if (value)
        contents.state.emplace(key, std::move(*value));
      else
        contents.problems.push_back(value.error());
    }
    return contents;
  });
}

Outcome<SessionCheck> SessionStore::verify() {
  return guarded([&] { return SessionVerifier(*m_state->database).check(); });
}

Outcome<Done> SessionStore::saveCopy(const std::string& givenPath) {
  return guarded([&] {
    std::error_code failure;
    const std::string target = std::filesystem::absolute(givenPath, failure).string();
    if (std::filesystem::equivalent(target, path(), failure))
      throw StoreFailure{cannotOpen(target, "the session itself")};
    const WriteLock lock(target);
    if (lock.refusal()) throw StoreFailure{refusalError(lock, target)};
    replaceFile(target, [&](const std::string& temporary) {
      Statement(*m_state->database, "VACUUM INTO ?1").bind(1, std::string_view(temporary)).run();
    });
    return Done{};
  });
}

}  // namespace patchbay
