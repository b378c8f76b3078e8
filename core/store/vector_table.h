#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/database.h"
#include "core/store/session_store.h"

namespace patchbay {

/// Steering vectors by content hash. Tables `vector` and, through ArrayTable, `vector_array`.
///
/// Writing functions are called inside a transaction.
/// Errors   functions throw StoreFailure.
class VectorTable {
public:
  explicit VectorTable(Database& database) : m_database(database) {}

  /// Gives the content hash; a vector already there stays as it is.
  std::string put(const SteeringVector& vector);
  /// Row ids in order of adding.
  [[nodiscard]] std::vector<std::int64_t> ids();
  /// Errors   STORE-04 names the vector.
  [[nodiscard]] StoredVector load(std::int64_t id);
  /// Errors   STORE-07.
  void remove(const std::string& hash);

private:
  Database& m_database;
};

}  // namespace patchbay
