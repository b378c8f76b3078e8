#include "core/store/transaction.h"

#include <sqlite3.h>

namespace patchbay {

Transaction::Transaction(Database& database) : m_database(database) { database.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  // SQLite ends a transaction by itself after some disk errors.
  if (m_isOpen && sqlite3_get_autocommit(m_database.handle()) == 0)
    sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  m_database.execute("COMMIT");
  m_isOpen = false;
}

}  // namespace patchbay
