#include "core/store/content_table.h"

#include <algorithm>
#include <vector>

#include <zstd.h>

#include "core/base/sha256.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"

namespace patchbay {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
/// Numbers hardly shrink; the fastest level gets what there is.
constexpr int kLevel = 1;

std::string fieldOf(std::string_view hash) { return "content " + std::string(hash.substr(0, 12)); }

}  // namespace

std::string ContentTable::put(std::span<const std::byte> bytes) {
  std::string hash = sha256Hex(bytes);
  Statement insert(m_database, "INSERT INTO content (hash, size_bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  insert.bind(1, hash).bind(2, static_cast<std::int64_t>(bytes.size())).run();
  if (m_database.changes() == 0) return hash;

  Statement chunk(m_database, "INSERT INTO chunk (content, place, data) VALUES (?1, ?2, ?3)");
  std::vector<std::byte> packed(ZSTD_compressBound(kChunkBytes));
  for (std::size_t start = 0; start < bytes.size(); start += kChunkBytes) {
    const auto part = bytes.subspan(start, std::min(kChunkBytes, bytes.size() - start));
    const std::size_t length = ZSTD_compress(packed.data(), packed.size(), part.data(), part.size(), kLevel);
    if (ZSTD_isError(length) != 0) throw std::bad_alloc();
    chunk.bind(1, hash)
        .bind(2, static_cast<std::int64_t>(start / kChunkBytes))
        .bind(3, std::span<const std::byte>(packed).first(length));
    chunk.run();
    chunk.reset();
  }
  return hash;
}

std::int64_t ContentTable::size(std::string_view hash, std::int64_t maxBytes) {
  Statement row(m_database,
                "SELECT size_bytes, (SELECT count(*) FROM chunk WHERE content = ?1) FROM content WHERE hash = ?1");
  row.bind(1, hash);
  if (!row.step()) throw damaged(m_database.path(), fieldOf(hash), "nothing", "stored bytes");
  const std::int64_t bytes = row.integer(0);
  if (bytes < 0 || bytes > maxBytes)
    throw damaged(m_database.path(), fieldOf(hash), std::to_string(bytes) + " bytes",
                  "at most " + std::to_string(maxBytes));
  const auto chunk = static_cast<std::int64_t>(kChunkBytes);
  const std::int64_t expected = (bytes + chunk - 1) / chunk;
  if (row.integer(1) != expected)
    throw damaged(m_database.path(), fieldOf(hash), std::to_string(row.integer(1)) + " chunks",
                  std::to_string(expected));
  return bytes;
}

void ContentTable::read(std::string_view hash, std::span<std::byte> into) {
  Statement rows(m_database, "SELECT place, data FROM chunk WHERE content = ?1 ORDER BY place");
  rows.bind(1, hash);
  std::size_t start = 0;
  while (rows.step()) {
    const std::size_t length = std::min(kChunkBytes, into.size() - start);
    const auto packed = rows.blob(1);
    const bool fits = length > 0 && rows.integer(0) == static_cast<std::int64_t>(start / kChunkBytes) &&
                      ZSTD_getFrameContentSize(packed.data(), packed.size()) == length;
    if (!fits)
      throw damaged(m_database.path(), fieldOf(hash), "a chunk of another length", std::to_string(length) + " bytes");
    if (ZSTD_decompress(into.data() + start, length, packed.data(), packed.size()) != length)
      throw damaged(m_database.path(), fieldOf(hash), "a chunk that cannot be unpacked", "zstd data");
    start += length;
  }
  if (start != into.size())
    throw damaged(m_database.path(), fieldOf(hash), std::to_string(start) + " bytes", std::to_string(into.size()));
  if (sha256Hex(into) != hash) throw damaged(m_database.path(), fieldOf(hash), "another hash", std::string(hash));
}

void ContentTable::dropIfUnused(std::string_view hash) {
  Statement uses(m_database,
                 "SELECT EXISTS (SELECT 1 FROM run WHERE result_body = ?1)"
                 " OR EXISTS (SELECT 1 FROM run_array WHERE content = ?1)"
                 " OR EXISTS (SELECT 1 FROM vector_array WHERE content = ?1)");
  uses.bind(1, hash);
  if (uses.step() && uses.integer(0) != 0) return;
  Statement(m_database, "DELETE FROM chunk WHERE content = ?1").bind(1, hash).run();
  Statement(m_database, "DELETE FROM content WHERE hash = ?1").bind(1, hash).run();
}

}  // namespace patchbay
