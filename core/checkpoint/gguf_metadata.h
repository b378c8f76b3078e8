#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/checkpoint/byte_cursor.h"
#include "core/data/json.h"
#include "core/data/vocabulary_file.h"

namespace patchbay {

/// Reads the key and value pairs of a GGUF file.
///
/// The big arrays of the tokenizer go straight into `vocabulary`; everything else becomes `config`, an object of
/// the file's keys. Other arrays of more than 4,096 values are checked and left out.
/// Errors   throws Refusal GGUF-04 to GGUF-08 and GGUF-16.
class GgufMetadata {
public:
  explicit GgufMetadata(ByteCursor& cursor) : m_cursor(cursor) {}

  void readPairs(std::uint64_t count);

  Json config = Json::object();
  VocabularyFile vocabulary;

private:
  enum class ValueType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };
  struct ArrayHead {
    ValueType type;
    std::uint64_t count;
  };

  void readPair();
  ValueType readType(std::string_view key);
  ArrayHead readArrayHead(std::string_view key);
  Json readScalar(ValueType type, std::string_view key);
  Json readArray(std::string_view key, int depth);
  bool readTokenizerArray(std::string_view key);
  void readStrings(std::string_view key, std::vector<std::string>& strings);
  template <typename Value>
  void readNumbers(std::string_view key, ValueType type, std::vector<Value>& numbers);
  void expectElements(const ArrayHead& head, ValueType type, std::string_view key) const;
  void spend(std::size_t values, std::string_view key);
  std::string_view readText(std::string_view key);

  ByteCursor& m_cursor;
  std::unordered_set<std::string_view> m_keys;
  std::size_t m_valuesLeft = 1'000'000;
  std::size_t m_textBytesLeft = std::size_t{256} << 20;
};

}  // namespace patchbay
