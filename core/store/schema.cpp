#include "core/store/schema.h"

#include <array>
#include <set>
#include <string>
#include <tuple>

#include "core/store/file_copy.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"
#include "core/store/transaction.h"

namespace patchbay {
namespace {

/// One entry of the catalogue: type, name, table, text.
using Entry = std::tuple<std::string, std::string, std::string, std::string>;

std::set<Entry> entriesOf(Database& database) {
  std::set<Entry> entries;
  Statement rows(database, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema LIMIT 256");
  while (rows.step())
    entries.emplace(std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                    std::string(rows.text(3)));
  return entries;
}

/// The catalogue a session of `version` must have, made by the same steps in memory.
std::set<Entry> expectedEntries(int version, std::span<const Migration> migrations) {
  Database model(":memory:", Database::Access::Create);
  for (const Migration& step : migrations)
    if (step.version <= version) model.execute(step.sql);
  return entriesOf(model);
}

/// Names and texts must be ours to the letter, so nothing of the file's own making is ever compiled.
void checkEntries(Database& database, int version, std::span<const Migration> migrations) {
  const std::set<Entry> expected = expectedEntries(version, migrations);
  const std::set<Entry> found = entriesOf(database);
  for (const Entry& entry : found)
    if (!expected.contains(entry))
      throw damaged(database.path(), "schema", std::get<0>(entry) + " '" + std::get<1>(entry).substr(0, 80) + "'",
                    "only the tables of a session");
  for (const Entry& entry : expected)
    if (!found.contains(entry))
      throw damaged(database.path(), "schema", "no '" + std::get<1>(entry) + "'", "all tables of a session");
}

StoreFailure otherVersion(const Database& database, std::int64_t found, int known) {
  const bool isNewer = found > known;
  return {{.code = "STORE-03",
           .what = isNewer ? "this session was written by a newer version of the program"
                           : "this session was written by an older version of the program and cannot be updated here",
           .file = database.path(),
           .field = {},
           .found = "schema " + std::to_string(found),
           .expected = "schema " + std::to_string(known),
           .advice = isNewer ? "Open it with that version, or ask for a copy."
                             : "Copy it to a folder that can be written and open the copy."}};
}

void applySteps(Database& database, std::int64_t from, std::span<const Migration> migrations) {
  Transaction transaction(database);
  for (const Migration& step : migrations) {
    if (step.version <= from) continue;
    database.execute(step.sql);
  }
  const int newest = migrations.back().version;
  database.execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
  database.execute(("PRAGMA user_version=" + std::to_string(newest)).c_str());
  if (Statement(database, "PRAGMA foreign_key_check").step())
    throw damaged(database.path(), "references", "a reference to nothing", "complete references");
  transaction.commit();
}

void backUp(Database& database, std::int64_t version) {
  replaceFile(database.path() + ".schema" + std::to_string(version) + "-backup", [&](const std::string& temporary) {
    Statement(database, "VACUUM INTO ?1").bind(1, std::string_view(temporary)).run();
  });
}

}  // namespace

std::span<const Migration> allMigrations() {
  static const std::array<Migration, 1> steps = {{{1, kMigration001}}};
  return steps;
}

void prepareSchema(Database& database, bool canWrite, std::span<const Migration> migrations) {
  const int newest = migrations.back().version;
  const std::int64_t application = database.integer("PRAGMA application_id");
  const std::int64_t version = database.integer("PRAGMA user_version");
  const bool isBlank = application == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0;
  if (isBlank && canWrite) {
    applySteps(database, 0, migrations);
    return;
  }
  if (application != kApplicationId) {
    throw StoreFailure{{.code = "STORE-02",
                        .what = "this file is not a Patchbay session",
                        .file = database.path(),
                        .field = {},
                        .found = isBlank ? "an empty file" : "a database of another program",
                        .expected = "a file saved by Patchbay",
                        .advice = "Pick a file that ends in .patchbay."}};
  }
  if (version > newest || (version < newest && !canWrite)) throw otherVersion(database, version, newest);
  if (version < 1)
    throw damaged(database.path(), "user_version", std::to_string(version), "1 to " + std::to_string(newest));
  checkEntries(database, static_cast<int>(version), migrations);
  if (version == newest) return;
  backUp(database, version);
  applySteps(database, version, migrations);
  checkEntries(database, newest, migrations);
}

}  // namespace patchbay
