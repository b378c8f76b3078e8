#include "core/checkpoint/gguf_metadata.h"

#include <algorithm>
#include <array>

#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

constexpr std::size_t kLongestKey = 65'535;  // the GGUF specification's limit
constexpr std::size_t kLongestText = std::size_t{16} << 20;
constexpr std::uint64_t kMostTokens = 4'000'000;
constexpr std::uint64_t kMostKeptElements = 4'096;
constexpr int kDeepestArray = 4;
constexpr std::array<std::string_view, 13> kTypeNames{"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                                      "bool", "string", "array", "u64", "i64", "f64"};
constexpr std::array<std::size_t, 13> kTypeBytes{1, 1, 2,  2, 4, 4, 4,
                                                 1, 8, 12, 8, 8, 8};  // the least of string and array

const char* const kFetchAgain = "The file is damaged; fetch it again.";

}  // namespace

void GgufMetadata::readPairs(std::uint64_t count) {
  vocabulary.file = m_cursor.file();
  vocabulary.isGguf = true;
  for (std::uint64_t i = 0; i < count; ++i) readPair();
}

void GgufMetadata::readPair() {
  const std::string_view key = m_cursor.string("metadata key " + std::to_string(m_keys.size()), kLongestKey);
  if (!m_keys.insert(key).second) {
    throw Refusal{{.code = "GGUF-08",
                   .what = "a metadata key appears twice",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = {},
                   .expected = "each key once",
                   .advice = kFetchAgain}};
  }
  const ValueType type = readType(key);
  if (type != ValueType::Array) {
    config[std::string(key)] = readScalar(type, key);
  } else if (!readTokenizerArray(key)) {
    Json values = readArray(key, 1);
    if (!values.is_null()) config[std::string(key)] = std::move(values);
  }
}

GgufMetadata::ValueType GgufMetadata::readType(std::string_view key) {
  const auto number = m_cursor.number<std::uint32_t>(key);
  if (number >= kTypeNames.size()) {
    throw Refusal{{.code = "GGUF-07",
                   .what = "a metadata value has an unknown type",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = std::to_string(number),
                   .expected = "0 to 12",
                   .advice = kFetchAgain}};
  }
  return static_cast<ValueType>(number);
}

GgufMetadata::ArrayHead GgufMetadata::readArrayHead(std::string_view key) {
  const ValueType type = readType(key);
  const auto count = m_cursor.number<std::uint64_t>(key);
  const std::size_t most = m_cursor.remaining() / kTypeBytes[static_cast<std::size_t>(type)];
  if (count > most) {
    throw Refusal{{.code = "GGUF-05",
                   .what = "an array has more values than the file has room for",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = std::to_string(count),
                   .expected = "at most " + std::to_string(most),
                   .advice = kFetchAgain}};
  }
  return {type, count};
}

void GgufMetadata::spend(std::size_t values, std::string_view key) {
  if (values > m_valuesLeft) {
    throw Refusal{{.code = "GGUF-16",
                   .what = "there is too much metadata",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = {},
                   .expected = "at most 1,000,000 values in all",
                   .advice = "This is no model file as others write it."}};
  }
  m_valuesLeft -= values;
}

std::string_view GgufMetadata::readText(std::string_view key) {
  const std::string_view text = m_cursor.string(key, kLongestText);
  if (text.size() > m_textBytesLeft) {
    throw Refusal{{.code = "GGUF-16",
                   .what = "there is too much metadata",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = {},
                   .expected = "at most 256 MB of text in all",
                   .advice = "This is no model file as others write it."}};
  }
  m_textBytesLeft -= text.size();
  return text;
}

Json GgufMetadata::readScalar(ValueType type, std::string_view key) {
  spend(1, key);
  switch (type) {
    case ValueType::U8: return m_cursor.number<std::uint8_t>(key);
    case ValueType::I8: return m_cursor.number<std::int8_t>(key);
    case ValueType::U16: return m_cursor.number<std::uint16_t>(key);
    case ValueType::I16: return m_cursor.number<std::int16_t>(key);
    case ValueType::U32: return m_cursor.number<std::uint32_t>(key);
    case ValueType::I32: return m_cursor.number<std::int32_t>(key);
    case ValueType::F32: return m_cursor.number<float>(key);
    case ValueType::U64: return m_cursor.number<std::uint64_t>(key);
    case ValueType::I64: return m_cursor.number<std::int64_t>(key);
    case ValueType::F64: return m_cursor.number<double>(key);
    case ValueType::String: return readText(key);
    case ValueType::Array: break;
    case ValueType::Bool: {
      const auto value = m_cursor.number<std::uint8_t>(key);
      if (value <= 1) return value == 1;
      throw Refusal{{.code = "GGUF-07",
                     .what = "a yes-or-no value is neither",
                     .file = m_cursor.file(),
                     .field = shown(key),
                     .found = std::to_string(value),
                     .expected = "0 or 1",
                     .advice = kFetchAgain}};
    }
  }
  return nullptr;
}

Json GgufMetadata::readArray(std::string_view key, int depth) {
  if (depth > kDeepestArray) {
    throw Refusal{{.code = "GGUF-07",
                   .what = "arrays are nested too deep",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = {},
                   .expected = "at most " + std::to_string(kDeepestArray) + " levels",
                   .advice = kFetchAgain}};
  }
  const ArrayHead head = readArrayHead(key);
  const bool isPlain = head.type != ValueType::String && head.type != ValueType::Array;
  if (isPlain && head.count > kMostKeptElements) {
    m_cursor.take(head.count * kTypeBytes[static_cast<std::size_t>(head.type)], key);
    return nullptr;
  }
  Json::array_t values;
  const bool isKept = head.count <= kMostKeptElements;
  for (std::uint64_t i = 0; i < head.count; ++i) {
    Json value = head.type == ValueType::Array ? readArray(key, depth + 1) : readScalar(head.type, key);
    if (isKept) values.push_back(std::move(value));
  }
  return isKept ? Json(std::move(values)) : Json();
}

bool GgufMetadata::readTokenizerArray(std::string_view key) {
  if (key == "tokenizer.ggml.tokens")
    readStrings(key, vocabulary.tokens);
  else if (key == "tokenizer.ggml.merges")
    readStrings(key, vocabulary.merges);
  else if (key == "tokenizer.ggml.scores")
    readNumbers(key, ValueType::F32, vocabulary.scores);
  else if (key == "tokenizer.ggml.token_type")
    readNumbers(key, ValueType::I32, vocabulary.tokenTypes);
  else
    return false;
  return true;
}

void GgufMetadata::expectElements(const ArrayHead& head, ValueType type, std::string_view key) const {
  if (head.type != type) {
    throw Refusal{{.code = "GGUF-07",
                   .what = "an array of the tokenizer has the wrong type",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = std::string(kTypeNames[static_cast<std::size_t>(head.type)]),
                   .expected = std::string(kTypeNames[static_cast<std::size_t>(type)]),
                   .advice = kFetchAgain}};
  }
  if (head.count > kMostTokens) {
    throw Refusal{{.code = "GGUF-05",
                   .what = "an array of the tokenizer is too long",
                   .file = m_cursor.file(),
                   .field = shown(key),
                   .found = std::to_string(head.count),
                   .expected = "at most " + std::to_string(kMostTokens),
                   .advice = "This is no model file as others write it."}};
  }
}

void GgufMetadata::readStrings(std::string_view key, std::vector<std::string>& strings) {
  const ArrayHead head = readArrayHead(key);
  expectElements(head, ValueType::String, key);
  strings.reserve(head.count);
  for (std::uint64_t i = 0; i < head.count; ++i) strings.emplace_back(readText(key));
}

template <typename Value>
void GgufMetadata::readNumbers(std::string_view key, ValueType type, std::vector<Value>& numbers) {
  const ArrayHead head = readArrayHead(key);
  expectElements(head, type, key);
  const auto bytes = m_cursor.take(head.count * sizeof(Value), key);
  numbers.resize(head.count);
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
}

}  // namespace patchbay
