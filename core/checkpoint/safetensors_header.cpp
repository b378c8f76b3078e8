#include "core/checkpoint/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "core/checkpoint/refusal.h"
#include "core/checkpoint/safetensors_sax.h"

namespace patchbay {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the limit of the safetensors library
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 50;
constexpr std::size_t kLengthBytes = 8;

const char* const kFetchAgain = "The file is damaged or was not fetched whole; fetch it again.";

struct DtypeFact {
  std::string_view name;
  std::size_t bytes;
};

/// What the format knows and this program does not compute with.
constexpr std::array<DtypeFact, 12> kOtherDtypes{{{"F64", 8},
                                                  {"I64", 8},
                                                  {"U64", 8},
                                                  {"I32", 4},
                                                  {"U32", 4},
                                                  {"I16", 2},
                                                  {"U16", 2},
                                                  {"I8", 1},
                                                  {"U8", 1},
                                                  {"BOOL", 1},
                                                  {"F8_E4M3", 1},
                                                  {"F8_E5M2", 1}}};

std::optional<TensorType> typeOfDtype(std::string_view dtype) {
  if (dtype == "F32") return TensorType::F32;
  if (dtype == "F16") return TensorType::F16;
  if (dtype == "BF16") return TensorType::BF16;
  return std::nullopt;
}

/// Checks the entries of one header against the bytes behind it.
class EntryCheck {
public:
  EntryCheck(const MappedFile& file, std::size_t dataStart) : m_file(file), m_data(file.bytes().subspan(dataStart)) {}

  void run(std::vector<SafetensorsEntry>& entries, SafetensorsFile& result) const;

private:
  void checkOffsets(const SafetensorsEntry& entry) const;
  void checkOrder(const std::vector<SafetensorsEntry>& sorted) const;
  [[nodiscard]] std::size_t bytesOfValue(const SafetensorsEntry& entry) const;
  [[nodiscard]] std::uint64_t valueCount(const SafetensorsEntry& entry) const;
  [[nodiscard]] Refusal refusal(const char* code, const char* what, std::string field, std::string found,
                                std::string expected, const char* advice = kFetchAgain) const {
    return {{.code = code,
             .what = what,
             .file = m_file.path(),
             .field = std::move(field),
             .found = std::move(found),
             .expected = std::move(expected),
             .advice = advice}};
  }

  const MappedFile& m_file;
  std::span<const std::byte> m_data;
};

std::string fieldOf(const char* field, const SafetensorsEntry& entry) {
  return std::string(field) + " of tensor " + shown(entry.name);
}

std::size_t EntryCheck::bytesOfValue(const SafetensorsEntry& entry) const {
  if (const auto type = typeOfDtype(entry.dtype)) return blockBytes(*type);
  const auto other = std::find_if(kOtherDtypes.begin(), kOtherDtypes.end(),
                                  [&](const DtypeFact& fact) { return fact.name == entry.dtype; });
  const bool isWeight =
      entry.name.ends_with("weight") || entry.name.ends_with("qweight") || entry.name.ends_with("qzeros");
  const bool isBuffer = entry.dtype == "I64" || entry.dtype == "BOOL";
  if (other != kOtherDtypes.end() && isBuffer && !isWeight) return other->bytes;
  throw refusal(
      "ST-06", other == kOtherDtypes.end() ? "a tensor has an unknown type" : "a tensor has a type that is not read",
      fieldOf("dtype", entry), shown(entry.dtype), "F32, F16 or BF16",
      "Models packed by GPTQ, AWQ, bitsandbytes or in 8-bit floats are not opened; choose the model in BF16 or as GGUF.");
}

std::uint64_t EntryCheck::valueCount(const SafetensorsEntry& entry) const {
  std::uint64_t values = 1;
  for (const std::uint64_t extent : entry.shape) {
    if (extent > kMostValues / std::max<std::uint64_t>(values, 1)) {
      throw refusal("ST-07", "a tensor cannot have this shape", fieldOf("shape", entry), std::to_string(extent),
                    "a product without overflow");
    }
    values *= extent;
  }
  return values;
}

void EntryCheck::checkOffsets(const SafetensorsEntry& entry) const {
  const std::uint64_t begin = entry.offsets[0];
  const std::uint64_t end = entry.offsets[1];
  const std::string found = std::to_string(begin) + " to " + std::to_string(end);
  if (begin > end)
    throw refusal("ST-08", "a tensor ends before it begins", fieldOf("data_offsets", entry), found,
                  "begin at most end");
  if (end > m_data.size()) {
    throw refusal("ST-08", "a tensor lies outside the file", fieldOf("data_offsets", entry), found,
                  "an end within the " + std::to_string(m_data.size()) + " bytes of tensor data");
  }
  const std::uint64_t size = valueCount(entry) * bytesOfValue(entry);
  if (end - begin == size) return;
  throw refusal("ST-09", "the shape and the bytes of a tensor differ", fieldOf("data_offsets", entry),
                std::to_string(end - begin) + " bytes",
                std::to_string(size) + " for its shape in " + shown(entry.dtype));
}

void EntryCheck::checkOrder(const std::vector<SafetensorsEntry>& sorted) const {
  std::uint64_t expected = 0;
  for (const SafetensorsEntry& entry : sorted) {
    const std::uint64_t begin = entry.offsets[0];
    if (begin != expected) {
      throw refusal("ST-10", begin < expected ? "two tensors share bytes" : "bytes before a tensor belong to nothing",
                    fieldOf("data_offsets", entry), "a begin at " + std::to_string(begin), std::to_string(expected));
    }
    expected = entry.offsets[1];
  }
  if (expected == m_data.size()) return;
  throw refusal("ST-11", "the file does not end where its last tensor does", "file size",
                std::to_string(m_data.size()) + " bytes of tensor data", std::to_string(expected));
}

void EntryCheck::run(std::vector<SafetensorsEntry>& entries, SafetensorsFile& result) const {
  for (const SafetensorsEntry& entry : entries) checkOffsets(entry);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.offsets < b.offsets; });
  checkOrder(entries);
  for (SafetensorsEntry& entry : entries) {
    const auto type = typeOfDtype(entry.dtype);
    if (!type) {
      result.warnings.push_back("Tensor " + shown(entry.name) + " holds " + entry.dtype + " values and is left out.");
      continue;
    }
    const auto bytes = m_data.subspan(entry.offsets[0], entry.offsets[1] - entry.offsets[0]);
    result.tensors.push_back({std::move(entry.name), {entry.shape.begin(), entry.shape.end()}, *type, bytes});
  }
}

std::uint64_t headerLength(const MappedFile& file) {
  const auto refusal = [&](const char* code, const char* what, std::string found, std::string expected) {
    return Refusal{{.code = code,
                    .what = what,
                    .file = file.path(),
                    .field = "header length",
                    .found = std::move(found),
                    .expected = std::move(expected),
                    .advice = kFetchAgain}};
  };
  if (file.size() <= kLengthBytes)
    throw refusal("ST-01", "the file is too short", std::to_string(file.size()) + " bytes", "a header and tensors");
  std::uint64_t length = 0;
  std::memcpy(&length, file.bytes().data(), sizeof length);
  if (length > kLongestHeader)
    throw refusal("ST-02", "the header is too long", std::to_string(length) + " bytes", "at most 100000000");
  if (length < 2 || length > file.size() - kLengthBytes) {
    throw refusal("ST-02", "the header does not fit in the file", std::to_string(length) + " bytes",
                  "2 to " + std::to_string(file.size() - kLengthBytes));
  }
  return length;
}

}  // namespace

SafetensorsFile readSafetensors(const MappedFile& file) {
  const std::uint64_t length = headerLength(file);
  SafetensorsSax sax(file.path());
  const std::string_view header = file.text().substr(kLengthBytes, length);
  if (header.front() != '{') {
    throw Refusal{{.code = "ST-03",
                   .what = "the header is not JSON",
                   .file = file.path(),
                   .field = "header",
                   .found = "a beginning with " + shown(header.substr(0, 1)),
                   .expected = "{",
                   .advice = kFetchAgain}};
  }
  Json::sax_parse(header, &sax);
  SafetensorsFile result;
  result.header = file.bytes().first(kLengthBytes + length);
  EntryCheck(file, kLengthBytes + length).run(sax.entries, result);
  return result;
}

}  // namespace patchbay
