#include "core/store/array_table.h"

#include <bit>
#include <span>
#include <vector>

#include "core/store/exact_json.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"

namespace patchbay {
namespace {

static_assert(std::endian::native == std::endian::little, "the session format is little-endian");

constexpr std::int64_t kMaxArrayBytes = std::int64_t{2} << 30;
constexpr std::size_t kMaxAxes = 8;
constexpr std::size_t kMaxArrays = 256;

/// The statements of one owner kind: the program's own text, chosen whole.
struct Text {
  const char* insert;
  const char* select;
  const char* contents;
  const char* remove;
};

constexpr Text kRunText = {
    "INSERT INTO run_array (run, name, shape, axes, unit, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    "SELECT name, shape, axes, unit, content FROM run_array WHERE run = ?1 ORDER BY name",
    "SELECT content FROM run_array WHERE run = ?1", "DELETE FROM run_array WHERE run = ?1"};
constexpr Text kVectorText = {
    "INSERT INTO vector_array (vector, name, shape, axes, unit, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    "SELECT name, shape, axes, unit, content FROM vector_array WHERE vector = ?1 ORDER BY name",
    "SELECT content FROM vector_array WHERE vector = ?1", "DELETE FROM vector_array WHERE vector = ?1"};

const Text& textOf(ArrayTable::Owner owner) { return owner == ArrayTable::Owner::Run ? kRunText : kVectorText; }

}  // namespace

void ArrayTable::put(std::int64_t ownerId, std::string_view name, const HostArray& array) {
  const auto bytes = std::as_bytes(array.values());
  if (static_cast<std::int64_t>(bytes.size()) > kMaxArrayBytes || array.shape().size() > kMaxAxes) {
    throw StoreFailure{{.code = "STORE-11",
                        .what = "an array is too large for a session file",
                        .file = m_database.path(),
                        .field = std::string(name),
                        .found = std::to_string(bytes.size()) + " bytes",
                        .expected = "at most " + std::to_string(kMaxArrayBytes),
                        .advice = "Ask for fewer layers or tokens."}};
  }
  const std::string hash = ContentTable(m_database).put(bytes);
  Statement insert(m_database, textOf(m_owner).insert);
  insert.bind(1, ownerId).bind(2, name).bind(3, exactText(array.shape())).bind(4, exactText(array.axes()));
  insert.bind(5, array.unit()).bind(6, hash).run();
}

std::map<std::string, HostArray> ArrayTable::read(std::int64_t ownerId) {
  std::map<std::string, HostArray> arrays;
  Statement rows(m_database, textOf(m_owner).select);
  rows.bind(1, ownerId);
  while (rows.step()) {
    std::string name(rows.text(0));
    if (arrays.size() >= kMaxArrays)
      throw damaged(m_database.path(), "arrays", "more", "at most " + std::to_string(kMaxArrays));
    const std::string field = "array " + name.substr(0, 40);
    arrays.emplace(std::move(name), load(field, rows.text(1), rows.text(2), std::string(rows.text(3)), rows.text(4)));
  }
  return arrays;
}

HostArray ArrayTable::load(const std::string& field, std::string_view shape, std::string_view axes, std::string unit,
                           std::string_view hash) {
  const std::string& file = m_database.path();
  const auto extents = fromJson<std::vector<std::int64_t>>(exactJson(shape, file, field), file);
  auto names = fromJson<std::vector<std::string>>(exactJson(axes, file, field), file);
  if (!extents || !names || extents->size() != names->size() || extents->size() > kMaxAxes)
    throw damaged(file, field, "shape " + std::string(shape.substr(0, 40)), "one length for each axis");
  ContentTable contents(m_database);
  const std::int64_t bytes = contents.size(hash, kMaxArrayBytes);
  if (bytes == 0 && extents->empty()) return {};
  const auto shapeCheck = checkShape(*extents, bytes / 4);
  if (bytes % 4 != 0 || !shapeCheck)
    throw damaged(file, field, std::to_string(bytes) + " bytes",
                  "the size of shape " + std::string(shape.substr(0, 40)));
  std::vector<float> values(static_cast<std::size_t>(bytes / 4));
  contents.read(hash, std::as_writable_bytes(std::span(values)));
  return {*extents, std::move(*names), std::move(unit), std::move(values)};
}

void ArrayTable::remove(std::int64_t ownerId) {
  std::vector<std::string> hashes;
  Statement rows(m_database, textOf(m_owner).contents);
  rows.bind(1, ownerId);
  while (rows.step()) hashes.emplace_back(rows.text(0));
  Statement(m_database, textOf(m_owner).remove).bind(1, ownerId).run();
  for (const std::string& hash : hashes) ContentTable(m_database).dropIfUnused(hash);
}

}  // namespace patchbay
