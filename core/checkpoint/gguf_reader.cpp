#include "core/checkpoint/gguf_reader.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_set>

#include "core/checkpoint/byte_cursor.h"
#include "core/checkpoint/gguf_metadata.h"
#include "core/checkpoint/gguf_vocabulary.h"
#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

constexpr std::size_t kLongestTensorName = 1'024;
constexpr std::uint64_t kMostTensors = 262'144;
constexpr std::uint64_t kMostPairs = 65'536;
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 50;
constexpr std::size_t kLeastPairBytes = 13;    // an empty key and one byte
constexpr std::size_t kLeastTensorBytes = 24;  // an empty name and no dimensions

const char* const kFetchAgain = "The file is damaged or was not fetched whole; fetch it again.";

struct Head {
  std::uint32_t version;
  std::uint64_t tensors;
  std::uint64_t pairs;
};

/// One entry of the tensor table; its bytes are found once the table has been read.
struct Entry {
  TensorView tensor;
  std::uint64_t offset;
};

class GgufReader {
public:
  GgufReader(const MappedFile& file, const JobContext& context)
      : m_file(file), m_context(context), m_cursor(file.bytes(), file.path()) {}

  CheckpointParts read();

private:
  Head readHead();
  void checkCount(const char* field, std::uint64_t count, std::uint64_t most) const;
  Entry readEntry(std::uint64_t index);
  std::vector<std::int64_t> readShape(const std::string& name);
  TensorType readTensorType(const std::string& name);
  std::size_t alignment(const Json& config) const;
  void refuseSplit(const Json& config) const;
  void place(std::vector<Entry>& entries, std::size_t dataStart, std::size_t step) const;
  void refuseOverlaps(const std::vector<Entry>& entries) const;
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
  const JobContext& m_context;
  ByteCursor m_cursor;
};

void GgufReader::checkCount(const char* field, std::uint64_t count, std::uint64_t most) const {
  if (count > most)
    throw refusal("GGUF-05", "a count cannot be true", field, std::to_string(count), "at most " + std::to_string(most));
}

Head GgufReader::readHead() {
  const auto magic = m_cursor.take(4, "magic");
  if (std::memcmp(magic.data(), "GGUF", 4) != 0) {
    throw refusal("GGUF-01", "this is no GGUF file", "magic", shown({reinterpret_cast<const char*>(magic.data()), 4}),
                  "GGUF");
  }
  Head head{};
  head.version = m_cursor.number<std::uint32_t>("version");
  // A big-endian file states its version in the upper bytes.
  if (head.version != 0 && (head.version & 0xFFFFU) == 0) {
    throw refusal("GGUF-03", "the file is written for big-endian machines", "version", std::to_string(head.version),
                  "a little-endian file", "Convert the model anew with --outtype and without --bigendian.");
  }
  if (head.version != 2 && head.version != 3) {
    throw refusal("GGUF-02", "this version of GGUF is not read", "version", std::to_string(head.version), "2 or 3",
                  "Convert the model anew with a current converter.");
  }
  head.tensors = m_cursor.number<std::uint64_t>("tensor_count");
  head.pairs = m_cursor.number<std::uint64_t>("metadata_kv_count");
  checkCount("tensor_count", head.tensors,
             std::min<std::uint64_t>(kMostTensors, m_cursor.remaining() / kLeastTensorBytes));
  checkCount("metadata_kv_count", head.pairs,
             std::min<std::uint64_t>(kMostPairs, m_cursor.remaining() / kLeastPairBytes));
  return head;
}

std::vector<std::int64_t> GgufReader::readShape(const std::string& name) {
  const auto dimensions = m_cursor.number<std::uint32_t>("dimensions of " + name);
  if (dimensions > 4)
    throw refusal("GGUF-10", "a tensor has too many dimensions", name, std::to_string(dimensions), "at most 4");
  std::vector<std::int64_t> shape(dimensions);
  std::uint64_t values = 1;
  for (std::int64_t& extent : shape) {
    const auto size = m_cursor.number<std::uint64_t>("shape of " + name);
    if (size == 0 || size > kMostValues / values) {
      throw refusal("GGUF-10", "a tensor cannot have this shape", "shape of " + name, std::to_string(size),
                    "at least 1 and no overflow");
    }
    values *= size;
    extent = static_cast<std::int64_t>(size);
  }
  std::reverse(shape.begin(), shape.end());
  return shape;
}

TensorType GgufReader::readTensorType(const std::string& name) {
  const auto number = m_cursor.number<std::uint32_t>("type of " + name);
  if (const auto type = typeOfGgufNumber(number)) return *type;
  const std::string_view known = nameOfGgufNumber(number);
  throw refusal("GGUF-11", known.empty() ? "a tensor has an unknown type" : "a tensor has a type that is not read",
                "type of " + name, known.empty() ? "number " + std::to_string(number) : std::string(known),
                "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 or Q2_K to Q6_K",
                "Choose a file of another quantisation, such as Q8_0 or Q4_K_M.");
}

Entry GgufReader::readEntry(std::uint64_t index) {
  Entry entry{};
  const std::string_view name = m_cursor.string("name of tensor " + std::to_string(index), kLongestTensorName);
  const std::string label = "tensor " + shown(name);
  entry.tensor.name = name;
  entry.tensor.shape = readShape(label);
  entry.tensor.type = readTensorType(label);
  entry.offset = m_cursor.number<std::uint64_t>("offset of " + label);
  const auto row = static_cast<std::size_t>(entry.tensor.shape.empty() ? 1 : entry.tensor.shape.back());
  if (row % blockSize(entry.tensor.type) != 0) {
    throw refusal("GGUF-10", "a row of a tensor is not whole blocks", "shape of " + label,
                  "rows of " + std::to_string(row) + " values",
                  "a multiple of " + std::to_string(blockSize(entry.tensor.type)) + " for " +
                      std::string(typeName(entry.tensor.type)));
  }
  return entry;
}

std::size_t GgufReader::alignment(const Json& config) const {
  const auto stated = config.find("general.alignment");
  if (stated == config.end()) return 32;
  const auto step = stated->is_number_unsigned() ? stated->get<std::uint64_t>() : 0;
  if (step < 8 || step > (1U << 20) || !std::has_single_bit(step)) {
    throw refusal("GGUF-09", "the alignment of the data cannot be used", "general.alignment", shown(dumpJson(*stated)),
                  "a power of two from 8 to 1048576");
  }
  return step;
}

void GgufReader::refuseSplit(const Json& config) const {
  const auto count = config.find("split.count");
  if (count == config.end() || !count->is_number_integer() || count->get<std::int64_t>() <= 1) return;
  throw refusal("GGUF-17", "this is one part of a model split into several files", "split.count", dumpJson(*count), "1",
                "Join the parts with llama-gguf-split --merge and open the whole.");
}

void GgufReader::place(std::vector<Entry>& entries, std::size_t dataStart, std::size_t step) const {
  const std::size_t room = m_file.size() - std::min(dataStart, m_file.size());
  for (Entry& entry : entries) {
    const std::string field = "offset of tensor " + shown(entry.tensor.name);
    if (entry.offset % step != 0) {
      throw refusal("GGUF-12", "a tensor is not aligned", field, std::to_string(entry.offset),
                    "a multiple of " + std::to_string(step));
    }
    const std::size_t size = bytesFor(entry.tensor.type, static_cast<std::size_t>(entry.tensor.valueCount()));
    if (entry.offset > room || size > room - entry.offset) {
      throw refusal("GGUF-12", "a tensor lies outside the file", field,
                    std::to_string(entry.offset) + " with " + std::to_string(size) + " bytes",
                    "an end within the " + std::to_string(room) + " bytes of tensor data");
    }
    entry.tensor.bytes = m_file.bytes().subspan(dataStart + entry.offset, size);
    m_context.checkpoint();
  }
}

void GgufReader::refuseOverlaps(const std::vector<Entry>& entries) const {
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->offset < b->offset; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const std::uint64_t end = sorted[i - 1]->offset + sorted[i - 1]->tensor.bytes.size();
    if (sorted[i]->offset >= end) continue;
    throw refusal("GGUF-13", "two tensors share bytes", "offset of tensor " + shown(sorted[i]->tensor.name),
                  std::to_string(sorted[i]->offset),
                  "at least " + std::to_string(end) + ", where tensor " + shown(sorted[i - 1]->tensor.name) + " ends");
  }
}

CheckpointParts GgufReader::read() {
  const Head head = readHead();
  GgufMetadata metadata(m_cursor);
  metadata.readPairs(head.pairs);
  refuseSplit(metadata.config);
  const std::size_t step = alignment(metadata.config);
  std::vector<Entry> entries;
  entries.reserve(head.tensors);
  std::unordered_set<std::string> names;
  for (std::uint64_t i = 0; i < head.tensors; ++i) {
    entries.push_back(readEntry(i));
    m_context.checkpoint();
    if (names.insert(entries.back().tensor.name).second) continue;
    throw refusal("GGUF-14", "a tensor appears twice", "tensor " + shown(entries.back().tensor.name), {},
                  "each name once");
  }
  if (entries.empty())
    throw refusal("GGUF-05", "the file holds no tensors", "tensor_count", "0", "the weights of a model");
  const std::size_t headBytes = m_cursor.position();
  place(entries, (headBytes + step - 1) / step * step, step);
  refuseOverlaps(entries);

  CheckpointParts parts;
  parts.format = CheckpointFormat::Gguf;
  parts.formatName = "GGUF v" + std::to_string(head.version);
  parts.identity.push_back(m_file.bytes().first(headBytes));
  for (Entry& entry : entries) parts.tensors.push_back(std::move(entry.tensor));
  completeGgufVocabulary(metadata.vocabulary, metadata.config, parts.warnings);
  parts.config = std::move(metadata.config);
  parts.vocabulary = std::move(metadata.vocabulary);
  return parts;
}

}  // namespace

CheckpointParts readGguf(std::shared_ptr<const MappedFile> file, const JobContext& context) {
  CheckpointParts parts = GgufReader(*file, context).read();
  parts.files.push_back(std::move(file));
  return parts;
}

}  // namespace patchbay
