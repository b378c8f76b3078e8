#include "core/store/run_table.h"

#include <bit>
#include <cmath>
#include <span>

#include "core/store/array_table.h"
#include "core/store/exact_json.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"

namespace patchbay {
namespace {

constexpr const char* kPut =
    "INSERT INTO run (id, parent, kind, title, request, model_fingerprint, model_name, model_path, dtype, device,"
    " quantisation, threads, program_version, seed, seed_is_chosen, status, created_ms, seconds, warnings, error, note,"
    " is_starred, is_pinned, is_trashed, library, products)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
    " ?25, ?26)"
    " ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, kind = excluded.kind, title = excluded.title,"
    " request = excluded.request, model_fingerprint = excluded.model_fingerprint, model_name = excluded.model_name,"
    " model_path = excluded.model_path, dtype = excluded.dtype, device = excluded.device,"
    " quantisation = excluded.quantisation, threads = excluded.threads, program_version = excluded.program_version,"
    " seed = excluded.seed, seed_is_chosen = excluded.seed_is_chosen, status = excluded.status,"
    " created_ms = excluded.created_ms, seconds = excluded.seconds, warnings = excluded.warnings, error = excluded.error,"
    " note = excluded.note, is_starred = excluded.is_starred, is_pinned = excluded.is_pinned,"
    " is_trashed = excluded.is_trashed, library = excluded.library, products = excluded.products";

constexpr const char* kAll =
    "SELECT id, parent, kind, title, request, model_fingerprint, model_name, model_path, dtype, device, quantisation,"
    " threads, program_version, seed, seed_is_chosen, status, created_ms, seconds, warnings, error, note, is_starred,"
    " is_pinned, is_trashed, library, products FROM run ORDER BY id";

std::string statusText(RunStatus status) { return Json(status).get<std::string>(); }

Json errorJson(const Error& error) {
  return {{"code", error.code},   {"what", error.what},         {"file", error.file},    {"field", error.field},
          {"found", error.found}, {"expected", error.expected}, {"advice", error.advice}};
}

Error errorFromJson(const Json& json) {
  const auto text = [&json](const char* key) { return json.value(key, std::string()); };
  return {text("code"), text("what"), text("file"), text("field"), text("found"), text("expected"), text("advice")};
}

Error noSuchRun(const std::string& file, RunId run, const char* what) {
  return {.code = "STORE-07",
          .what = what,
          .file = file,
          .field = "run " + std::to_string(run),
          .found = {},
          .expected = {},
          .advice = {}};
}

std::string idField(RunId run, const char* part) { return "run " + std::to_string(run) + " " + part; }

/// The part of a run that is read without a doubt: plain columns.
RunRecord plainColumns(const Statement& row) {
  RunRecord run;
  run.id = row.integer(0);
  if (!row.isNull(1)) run.parent = row.integer(1);
  run.kind = row.text(2);
  run.title = row.text(3);
  run.model = {std::string(row.text(5)), std::string(row.text(6)), std::string(row.text(7))};
  run.dtype = row.text(8);
  run.device = row.text(9);
  run.quantisation = row.text(10);
  run.threads = static_cast<int>(row.integer(11));
  run.programVersion = row.text(12);
  run.seed = std::bit_cast<std::uint64_t>(row.integer(13));
  run.seedIsChosen = row.integer(14) != 0;
  run.createdMs = row.integer(16);
  run.seconds = row.real(17);
  run.note = row.text(20);
  run.isStarred = row.integer(21) != 0;
  run.isPinned = row.integer(22) != 0;
  run.isTrashed = row.integer(23) != 0;
  run.library = row.text(24);
  run.products = row.text(25);
  return run;
}

/// The columns that must parse.
void takeParsedColumns(const Statement& row, const std::string& file, RunRecord& run) {
  const Json status = std::string(row.text(15));
  run.status = status.get<RunStatus>();
  // An unknown word is read as the first of the table.
  if (statusText(run.status) != status)
    throw damaged(file, idField(run.id, "status"), std::string(row.text(15)), "a status");
  run.request = exactJson(row.text(4), file, idField(run.id, "request"));
  try {
    run.warnings = exactJson(row.text(18), file, idField(run.id, "warnings")).get<std::vector<std::string>>();
    if (!row.isNull(19)) run.error = errorFromJson(exactJson(row.text(19), file, idField(run.id, "error")));
  } catch (const Json::exception& failure) {
    throw damaged(file, idField(run.id, "warnings"), failure.what(), "texts");
  }
}

}  // namespace

RunId RunTable::put(const RunRecord& run) {
  Statement put(m_database, kPut);
  run.id == 0 ? put.bind(1, std::nullopt) : put.bind(1, run.id);
  run.parent ? put.bind(2, *run.parent) : put.bind(2, std::nullopt);
  put.bind(3, run.kind).bind(4, run.title).bind(5, exactText(run.request));
  put.bind(6, run.model.fingerprint).bind(7, run.model.name).bind(8, run.model.path);
  put.bind(9, run.dtype).bind(10, run.device).bind(11, run.quantisation).bind(12, std::int64_t{run.threads});
  put.bind(13, run.programVersion)
      .bind(14, std::bit_cast<std::int64_t>(run.seed))
      .bind(15, std::int64_t{run.seedIsChosen});
  put.bind(16, statusText(run.status)).bind(17, run.createdMs).bind(18, std::isfinite(run.seconds) ? run.seconds : 0.0);
  put.bind(19, exactText(run.warnings));
  run.error ? put.bind(20, exactText(errorJson(*run.error))) : put.bind(20, std::nullopt);
  put.bind(21, run.note).bind(22, std::int64_t{run.isStarred}).bind(23, std::int64_t{run.isPinned});
  put.bind(24, std::int64_t{run.isTrashed}).bind(25, run.library).bind(26, run.products).run();
  return run.id == 0 ? m_database.lastRowId() : run.id;
}

void RunTable::putResult(RunId run, const ResultDocument& result) {
  removeResult(run);
  const std::string body = exactText(result.body, kMaxBodyBytes);
  const std::string hash = ContentTable(m_database).put(std::as_bytes(std::span(body)));
  Statement(m_database, "UPDATE run SET result_body = ?2 WHERE id = ?1").bind(1, run).bind(2, hash).run();
  ArrayTable arrays(m_database, ArrayTable::Owner::Run);
  for (const auto& [name, array] : result.arrays) arrays.put(run, name, array);
}

void RunTable::removeResult(RunId run) {
  if (!hasResult(run)) return;
  Statement old(m_database, "SELECT result_body FROM run WHERE id = ?1");
  old.bind(1, run).step();
  const std::string hash(old.text(0));
  Statement(m_database, "UPDATE run SET result_body = NULL WHERE id = ?1").bind(1, run).run();
  ContentTable(m_database).dropIfUnused(hash);
  ArrayTable(m_database, ArrayTable::Owner::Run).remove(run);
}

void RunTable::updateMarks(const RunRecord& run) {
  Statement update(m_database,
                   "UPDATE run SET title = ?2, note = ?3, is_starred = ?4, is_pinned = ?5, is_trashed = ?6, status = ?7"
                   " WHERE id = ?1");
  update.bind(1, run.id).bind(2, run.title).bind(3, run.note).bind(4, std::int64_t{run.isStarred});
  update.bind(5, std::int64_t{run.isPinned}).bind(6, std::int64_t{run.isTrashed}).bind(7, statusText(run.status)).run();
  if (m_database.changes() == 0)
    throw StoreFailure{noSuchRun(m_database.path(), run.id, "there is no such run in the session")};
}

void RunTable::purge(const std::vector<RunId>& runs) {
  Statement trashed(m_database, "SELECT 1 FROM run WHERE id = ?1 AND is_trashed = 1");
  Statement orphan(m_database, "UPDATE run SET parent = NULL WHERE parent = ?1");
  Statement remove(m_database, "DELETE FROM run WHERE id = ?1");
  for (const RunId run : runs) {
    const bool isTrashed = trashed.bind(1, run).step();
    trashed.reset();
    if (!isTrashed) continue;
    removeResult(run);
    orphan.bind(1, run).run();
    orphan.reset();
    remove.bind(1, run).run();
    remove.reset();
  }
}

std::int64_t RunTable::trashedBytes() {
  return m_database.integer(
      "SELECT coalesce(sum(length(data)), 0) FROM chunk WHERE content IN"
      " (SELECT result_body FROM run WHERE is_trashed = 1"
      "  UNION SELECT content FROM run_array JOIN run ON run.id = run_array.run WHERE is_trashed = 1)"
      " AND content NOT IN"
      " (SELECT result_body FROM run WHERE is_trashed = 0 AND result_body IS NOT NULL"
      "  UNION SELECT content FROM run_array JOIN run ON run.id = run_array.run WHERE is_trashed = 0"
      "  UNION SELECT content FROM vector_array)");
}

void RunTable::interruptUnfinished() {
  m_database.execute("UPDATE run SET status = 'interrupted' WHERE status IN ('queued', 'running')");
}

std::vector<RunRecord> RunTable::all() {
  std::vector<RunRecord> runs;
  Statement rows(m_database, kAll);
  while (rows.step()) {
    RunRecord run = plainColumns(rows);
    try {
      takeParsedColumns(rows, m_database.path(), run);
    } catch (const StoreFailure& failure) {
      // One damaged row must not hide the others.
      run.status = RunStatus::Failed;
      run.request = nullptr;
      run.error = failure.error;
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

bool RunTable::exists(RunId run) {
  Statement row(m_database, "SELECT 1 FROM run WHERE id = ?1");
  return row.bind(1, run).step();
}

bool RunTable::hasResult(RunId run) {
  Statement row(m_database, "SELECT result_body IS NOT NULL FROM run WHERE id = ?1");
  row.bind(1, run);
  if (!row.step()) throw StoreFailure{noSuchRun(m_database.path(), run, "there is no such run in the session")};
  return row.integer(0) != 0;
}

ResultDocument RunTable::result(RunId run) {
  if (!hasResult(run)) throw StoreFailure{noSuchRun(m_database.path(), run, "the run has no result")};
  Statement row(m_database, "SELECT result_body FROM run WHERE id = ?1");
  row.bind(1, run).step();
  ContentTable contents(m_database);
  std::string body(static_cast<std::size_t>(contents.size(row.text(0), std::int64_t{kMaxBodyBytes})), '\0');
  contents.read(row.text(0), std::as_writable_bytes(std::span(body)));
  return {.body = exactJson(body, m_database.path(), idField(run, "result"), kMaxBodyBytes),
          .arrays = ArrayTable(m_database, ArrayTable::Owner::Run).read(run)};
}

}  // namespace patchbay
