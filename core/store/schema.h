#pragma once

#include <cstdint>
#include <span>

#include "core/store/database.h"

namespace patchbay {

/// One numbered step of the schema. A released step is never edited.
struct Migration {
  int version = 0;  ///< the schema after this step
  const char* sql = nullptr;
};

/// Step 1: the first schema.
extern const char* const kMigration001;
/// Every step in order.
[[nodiscard]] std::span<const Migration> allMigrations();

/// SQLite's application_id of a session: "PBay".
inline constexpr std::int64_t kApplicationId = 0x50426179;

/// Checks that an open file is a session whose tables are exactly ours, and brings an older one up to date.
///
/// An empty database becomes a new session when `canWrite`. Before a migration the file is copied to
/// `FILE.schemaN-backup`; afterwards the tables are checked again.
/// Errors   throws StoreFailure: STORE-02 not a session, STORE-03 newer (or older and not writable), STORE-04 tables
///          that are not ours: triggers, views and virtual tables among them.
void prepareSchema(Database& database, bool canWrite, std::span<const Migration> migrations = allMigrations());

}  // namespace patchbay
