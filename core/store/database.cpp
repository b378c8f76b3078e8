#include "core/store/database.h"

#include <sqlite3.h>

#include "core/base/log.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"

namespace patchbay {
namespace {

/// The largest value of one row: a request as JSON, or one chunk of an array.
constexpr int kMaxRowBytes = 72 << 20;
constexpr int kBusyMs = 2000;

/// The person's sentence for an SQLite code.
Error describe(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {.code = "STORE-08",
              .what = "the disk is full; the session could not be saved",
              .file = {},
              .field = {},
              .found = {},
              .expected = {},
              .advice = "Free some space or save a copy on another disk; nothing is lost meanwhile."};
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_PERM:
      return {.code = "STORE-09",
              .what = "the session file cannot be written or read",
              .file = {},
              .field = {},
              .found = {},
              .expected = {},
              .advice = "Check the disk and its permissions, or save a copy elsewhere."};
    case SQLITE_NOTADB:
      return {.code = "STORE-02",
              .what = "this file is not a Patchbay session",
              .file = {},
              .field = {},
              .found = {},
              .expected = "a file saved by Patchbay",
              .advice = "Pick a file that ends in .patchbay."};
    case SQLITE_CORRUPT:
    case SQLITE_TOOBIG:
    case SQLITE_AUTH:
      return {.code = "STORE-04",
              .what = "the session file is damaged",
              .file = {},
              .field = {},
              .found = {},
              .expected = {},
              .advice = "Open a copy of it."};
    default:
      return {.code = "STORE-10",
              .what = "the program made a mistake with the session file",
              .file = {},
              .field = {},
              .found = {},
              .expected = {},
              .advice = "Please report it with the log."};
  }
}

int flagsFor(Database::Access access) {
  const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (access) {
    case Database::Access::Create: return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Access::Write: return common | SQLITE_OPEN_READWRITE;
    case Database::Access::Read: return common | SQLITE_OPEN_READONLY;
  }
  return common;
}

}  // namespace

Database::Database(const std::string& path, Access access) : m_path(path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flagsFor(access), nullptr);
  m_handle.reset(handle);
  if (code != SQLITE_OK) throw StoreFailure{lastError()};
  restrict();
}

void Database::Closer::operator()(sqlite3* handle) const {
  if (sqlite3_close(handle) != SQLITE_OK) log(LogLevel::Error, "a session file was closed while in use");
}

void Database::restrict() {
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  sqlite3_limit(handle(), SQLITE_LIMIT_LENGTH, kMaxRowBytes);
  sqlite3_limit(handle(), SQLITE_LIMIT_SQL_LENGTH, 64 << 10);
  sqlite3_limit(handle(), SQLITE_LIMIT_COLUMN, 64);
  sqlite3_limit(handle(), SQLITE_LIMIT_EXPR_DEPTH, 32);
  sqlite3_limit(handle(), SQLITE_LIMIT_VARIABLE_NUMBER, 64);
  // VACUUM INTO attaches the copy it writes.
  sqlite3_limit(handle(), SQLITE_LIMIT_ATTACHED, 1);
  setBusyWait(kBusyMs);
  // Page contents of a file from elsewhere are not taken on trust.
  execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA synchronous=FULL;");
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw StoreFailure{lastError()};
}

std::int64_t Database::integer(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle()); }

bool Database::isReadOnly() const { return sqlite3_db_readonly(handle(), "main") == 1; }

void Database::setBusyWait(int milliseconds) { sqlite3_busy_timeout(handle(), milliseconds); }

std::int64_t Database::lastRowId() const { return sqlite3_last_insert_rowid(handle()); }

Error Database::lastError() const {
  Error error = describe(m_handle ? sqlite3_extended_errcode(handle()) : SQLITE_CANTOPEN);
  error.file = m_path;
  error.found = m_handle ? sqlite3_errmsg(handle()) : "no memory";
  return error;
}

}  // namespace patchbay
