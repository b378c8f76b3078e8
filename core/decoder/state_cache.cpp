#include "core/decoder/state_cache.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <ostream>
#include <system_error>
#include <vector>

#include <unistd.h>

#include "core/base/log.h"
#include "core/base/sha256.h"
#include "core/checkpoint/array_file.h"
#include "core/checkpoint/whole_file.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

namespace files = std::filesystem;

constexpr const char *kStates = "states", *kDigest = "sha256";
constexpr std::int64_t kHalfBytes = 2;

/// SHA-256 of the states as they lie in memory, [rows, width] in float16 on the host.
std::string digestOf(const at::Tensor& states) {
  const auto* bytes = static_cast<const std::byte*>(states.const_data_ptr());
  return sha256Hex({bytes, static_cast<std::size_t>(states.numel() * kHalfBytes)});
}

/// A safetensors file of one array of float16.
Outcome<Done> write(const std::string& path, const at::Tensor& states) {
  const std::int64_t bytes = states.numel() * kHalfBytes;
  std::string header = dumpJson(
      {{"__metadata__", {{kDigest, digestOf(states)}}},
       {kStates, {{"dtype", "F16"}, {"shape", {states.size(0), states.size(1)}}, {"data_offsets", {0, bytes}}}}});
  header.append((8 - header.size() % 8) % 8, ' ');
  const auto length = static_cast<std::uint64_t>(header.size());
  return writeWhole(path, [&](std::ostream& stream) {
    stream.write(reinterpret_cast<const char*>(&length), sizeof length);
    stream << header;
    stream.write(static_cast<const char*>(states.const_data_ptr()), static_cast<std::streamsize>(bytes));
  });
}

struct Entry {
  files::path path;
  std::int64_t bytes = 0;
  files::file_time_type used;
};

std::vector<Entry> entriesOf(const files::path& folder) {
  std::vector<Entry> entries;
  std::error_code failure;
  for (files::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code gone;
    const std::uintmax_t bytes = entry->file_size(gone);
    const files::file_time_type used = entry->last_write_time(gone);
    if (!gone) entries.push_back({entry->path(), static_cast<std::int64_t>(bytes), used});
  }
  return entries;
}

}  // namespace

std::optional<at::Tensor> StateCache::find(const std::string& key, std::int64_t rows, std::int64_t width) const {
  const files::path path = m_folder / key;
  std::error_code failure;
  if (!files::is_regular_file(path, failure)) return std::nullopt;
  const auto file = readSafetensors(path.string());
  if (!file) return std::nullopt;
  const auto found = file->arrays.find(kStates);
  if (found == file->arrays.end() || found->second.shape() != std::vector<std::int64_t>{rows, width})
    return std::nullopt;
  at::Tensor states = toTensor(found->second).to(at::kHalf).contiguous();
  const auto digest = file->metadata.find(kDigest);
  if (digest == file->metadata.end() || digest->second != digestOf(states)) return std::nullopt;
  files::last_write_time(path, files::file_time_type::clock::now(), failure);
  return states;
}

void StateCache::keep(const std::string& key, const at::Tensor& states) const {
  static std::atomic<bool> hasTold{false};
  const std::int64_t bytes = states.numel() * kHalfBytes;
  if (bytes > m_budget) return;
  std::error_code failure;
  files::create_directories(m_folder, failure);
  makeRoom(bytes);
  // Another program may write the same key: each to a file of its own, the last name given stays.
  const files::path mine = m_folder / (key + "." + std::to_string(getpid()));
  const auto written = write(mine.string(), states.cpu().contiguous());
  if (written) files::rename(mine, m_folder / key, failure);
  if (!written && !hasTold.exchange(true))
    log(LogLevel::Warning, "states of training prompts are not kept: " + written.error().message());
}

void StateCache::makeRoom(std::int64_t bytes) const {
  std::vector<Entry> entries = entriesOf(m_folder);
  std::int64_t all = bytes;
  for (const Entry& entry : entries) all += entry.bytes;
  std::ranges::sort(entries, {}, &Entry::used);
  for (const Entry& entry : entries) {
    if (all <= m_budget) return;
    std::error_code failure;
    if (files::remove(entry.path, failure)) all -= entry.bytes;
  }
}

}  // namespace patchbay
