#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/outcome.h"

struct sqlite3;

namespace patchbay {

/// One connection to a SQLite file that nobody has checked yet: defensive mode, no triggers, views or functions of
/// the file run, sizes limited.
///
/// Errors   functions throw StoreFailure; codes as in session_store.h.
/// Thread   one at a time.
class Database {
public:
  enum class Access { Create, Write, Read };

  Database(const std::string& path, Access access);
  ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const std::string& path() const { return m_path; }
  [[nodiscard]] sqlite3* handle() const { return m_handle.get(); }
  /// Runs statements of the program's own text that give no rows that matter.
  void execute(const char* sql);
  /// The first column of the first row.
  [[nodiscard]] std::int64_t integer(const char* sql);
  /// Rows the last statement changed.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] std::int64_t lastRowId() const;
  /// True when the file could be opened for reading only.
  [[nodiscard]] bool isReadOnly() const;
  /// How long a statement waits for another program's lock.
  void setBusyWait(int milliseconds);
  /// The failure SQLite reported last, as the person should read it.
  [[nodiscard]] Error lastError() const;

private:
  void restrict();

  std::string m_path;
  /// Closes a connection, also one whose set-up failed.
  struct Closer {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Closer> m_handle;
};

}  // namespace patchbay
