#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/store/database.h"

namespace patchbay {

/// Bytes kept once under their SHA-256, in zstd chunks of at most 1 MiB. Tables `content` and `chunk`.
///
/// Errors   functions throw StoreFailure; STORE-04 when what is read is not what was written.
class ContentTable {
public:
  explicit ContentTable(Database& database) : m_database(database) {}

  /// Stores bytes unless they are there already. Gives their hash.
  std::string put(std::span<const std::byte> bytes);
  /// Length of stored bytes, checked against the chunks that are there; at most `maxBytes`.
  [[nodiscard]] std::int64_t size(std::string_view hash, std::int64_t maxBytes);
  /// Fills `into`, which must have exactly the stored length. Each chunk's length is checked before it is unpacked,
  /// the hash of the whole after.
  void read(std::string_view hash, std::span<std::byte> into);
  /// Deletes bytes that no result and no vector uses any more.
  void dropIfUnused(std::string_view hash);

private:
  Database& m_database;
};

}  // namespace patchbay
