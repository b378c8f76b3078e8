#include "core/store/vector_table.h"

#include "core/base/sha256.h"
#include "core/store/array_table.h"
#include "core/store/exact_json.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"

namespace patchbay {
namespace {

/// Everything of a vector but its numbers.
Json factsOf(const SteeringVector& vector) {
  return {{"name", vector.name},          {"model", vector.model},
          {"method", vector.method},      {"site", factOf(vector.site).name},
          {"read", vector.read},          {"positives", vector.positives},
          {"negatives", vector.negatives}};
}

void takeFacts(const Json& facts, SteeringVector& vector) {
  facts.at("name").get_to(vector.name);
  facts.at("model").get_to(vector.model);
  facts.at("method").get_to(vector.method);
  facts.at("read").get_to(vector.read);
  facts.at("positives").get_to(vector.positives);
  facts.at("negatives").get_to(vector.negatives);
}

void addArray(Sha256& hash, const HostArray& array) {
  hash.add(exactText({array.shape(), array.axes(), array.unit()}));
  hash.add(std::as_bytes(array.values()));
}

}  // namespace

std::string contentHash(const SteeringVector& vector) {
  Sha256 hash;
  hash.add(dumpJson(factsOf(vector)));
  addArray(hash, vector.rows);
  addArray(hash, vector.meanNorms);
  return hash.hex();
}

std::string VectorTable::put(const SteeringVector& vector) {
  std::string hash = contentHash(vector);
  Statement insert(m_database, "INSERT INTO vector (hash, facts) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  insert.bind(1, hash).bind(2, exactText(factsOf(vector))).run();
  if (m_database.changes() == 0) return hash;
  const std::int64_t id = m_database.lastRowId();
  ArrayTable arrays(m_database, ArrayTable::Owner::Vector);
  arrays.put(id, "rows", vector.rows);
  arrays.put(id, "mean_norms", vector.meanNorms);
  return hash;
}

std::vector<std::int64_t> VectorTable::ids() {
  std::vector<std::int64_t> ids;
  Statement rows(m_database, "SELECT id FROM vector ORDER BY id");
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

StoredVector VectorTable::load(std::int64_t id) {
  const std::string& file = m_database.path();
  const std::string field = "vector " + std::to_string(id);
  Statement row(m_database, "SELECT hash, facts FROM vector WHERE id = ?1");
  row.bind(1, id);
  if (!row.step()) throw damaged(file, field, "nothing", "a vector");
  StoredVector stored{.hash = std::string(row.text(0)), .vector = {}};
  const Json facts = exactJson(row.text(1), file, field);
  try {
    takeFacts(facts, stored.vector);
    const auto site = siteByName(facts.at("site").get<std::string>());
    if (!site) throw damaged(file, field, "an unknown site", "a site of the model");
    stored.vector.site = *site;
  } catch (const Json::exception& failure) {
    throw damaged(file, field, failure.what(), "the facts of a vector");
  }
  auto arrays = ArrayTable(m_database, ArrayTable::Owner::Vector).read(id);
  stored.vector.rows = std::move(arrays["rows"]);
  stored.vector.meanNorms = std::move(arrays["mean_norms"]);
  if (contentHash(stored.vector) != stored.hash) throw damaged(file, field, "another hash", stored.hash);
  return stored;
}

void VectorTable::remove(const std::string& hash) {
  Statement row(m_database, "SELECT id FROM vector WHERE hash = ?1");
  row.bind(1, hash);
  if (!row.step()) {
    throw StoreFailure{{.code = "STORE-07",
                        .what = "there is no such vector in the session",
                        .file = m_database.path(),
                        .field = "vector " + hash.substr(0, 12),
                        .found = {},
                        .expected = {},
                        .advice = {}}};
  }
  const std::int64_t id = row.integer(0);
  ArrayTable(m_database, ArrayTable::Owner::Vector).remove(id);
  Statement(m_database, "DELETE FROM vector WHERE id = ?1").bind(1, id).run();
}

}  // namespace patchbay
