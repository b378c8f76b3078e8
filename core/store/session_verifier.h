#pragma once

#include "core/data/run_record.h"
#include "core/store/database.h"
#include "core/store/session_check.h"

namespace patchbay {

/// Checks an open session file as a whole.
class SessionVerifier {
public:
  explicit SessionVerifier(Database& database) : m_database(database) {}

  /// SQLite's integrity check, references, then every run, result and vector with all hashes.
  [[nodiscard]] SessionCheck check();

private:
  void checkDatabase();
  void checkRun(const RunRecord& run);
  void checkVectors();
  void report(Error error);

  Database& m_database;
  SessionCheck m_check;
};

}  // namespace patchbay
