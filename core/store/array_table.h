#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/data/host_array.h"
#include "core/store/content_table.h"

namespace patchbay {

/// The named arrays of results (`run_array`) or of vectors (`vector_array`).
///
/// Errors   functions throw StoreFailure; STORE-04 when a shape, size or hash is wrong, STORE-11 too large to store.
class ArrayTable {
public:
  enum class Owner { Run, Vector };

  ArrayTable(Database& database, Owner owner) : m_database(database), m_owner(owner) {}

  void put(std::int64_t ownerId, std::string_view name, const HostArray& array);
  [[nodiscard]] std::map<std::string, HostArray> read(std::int64_t ownerId);
  /// Removes all arrays of one owner, and their bytes where nobody else uses them.
  void remove(std::int64_t ownerId);

private:
  [[nodiscard]] HostArray load(const std::string& field, std::string_view shape, std::string_view axes,
                               std::string unit, std::string_view hash);

  Database& m_database;
  Owner m_owner;
};

}  // namespace patchbay
