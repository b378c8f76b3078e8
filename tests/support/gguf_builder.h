#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::tests {

/// A little-endian number as the bytes of a file.
template <typename Number>
[[nodiscard]] std::string littleEndian(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// One entry of a tensor table, true or not.
struct GgufTensor {
  std::string name;
  std::vector<std::uint64_t> dimensions;  ///< GGUF order: the row length first
  std::uint32_t type = 0;
  std::string bytes;
  std::optional<std::uint64_t> offset;  ///< set to lie
};

/// Puts a GGUF file together, with every number free to be wrong.
struct GgufBuilder {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::optional<std::uint64_t> statedTensors, statedPairs;
  std::size_t alignment = 32;
  std::vector<GgufTensor> tensors;

  /// Any pair: type number and the bytes of the value.
  void add(std::string_view key, std::uint32_t type, std::string_view value);
  void addText(std::string_view key, std::string_view text);
  void addU32(std::string_view key, std::uint32_t value) { add(key, 4, littleEndian(value)); }
  void addF32(std::string_view key, float value) { add(key, 6, littleEndian(value)); }
  void addBool(std::string_view key, bool value) { add(key, 7, littleEndian(static_cast<std::uint8_t>(value))); }
  void addTexts(std::string_view key, const std::vector<std::string>& texts);
  void addI32s(std::string_view key, const std::vector<std::int32_t>& values);
  /// Takes out a pair, to add another in its place.
  void remove(std::string_view key);
  [[nodiscard]] GgufTensor& tensor(std::string_view name);

  /// Head, table and data.
  [[nodiscard]] std::string build() const;
  /// Bytes before the tensor data, without the padding.
  [[nodiscard]] std::string buildHead() const;

private:
  struct Pair {
    std::string key;
    std::uint32_t type;
    std::string value;
  };
  std::vector<Pair> m_pairs;
};

/// A text as GGUF writes it: length, then bytes.
[[nodiscard]] std::string ggufText(std::string_view text);

}  // namespace patchbay::tests
