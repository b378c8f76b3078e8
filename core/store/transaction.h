#pragma once

#include "core/store/database.h"

namespace patchbay {

/// A write transaction: committed by `commit`, else undone.
class Transaction {
public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

private:
  Database& m_database;
  bool m_isOpen = true;
};

}  // namespace patchbay
