#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace patchbay {

/// How the values of a stored tensor are written. FORMATS.md describes each block.
enum class TensorType { F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K };

/// The name as files and people write it: "BF16", "Q4_K".
[[nodiscard]] std::string_view typeName(TensorType type);
/// Values of one block: 1 for the plain types, 32 for Q4_0 to Q8_0, 256 for the K types.
[[nodiscard]] std::size_t blockSize(TensorType type);
/// Bytes of one block.
[[nodiscard]] std::size_t blockBytes(TensorType type);
/// Bytes of `values` values. `values` is a multiple of `blockSize(type)`.
[[nodiscard]] std::size_t bytesFor(TensorType type, std::size_t values);
/// False for F32, F16 and BF16.
[[nodiscard]] bool isQuantised(TensorType type);

/// The type of a GGUF type number; none when this program does not read it.
[[nodiscard]] std::optional<TensorType> typeOfGgufNumber(std::uint32_t number);
/// What a GGUF type number is called, also when this program does not read it ("IQ4_XS"); "" when nobody knows it.
[[nodiscard]] std::string_view nameOfGgufNumber(std::uint32_t number);

}  // namespace patchbay
