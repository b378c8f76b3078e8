#include "core/checkpoint/tensor_type.h"

#include <algorithm>
#include <array>

namespace patchbay {
namespace {

struct TypeFact {
  TensorType type;
  std::string_view name;
  std::size_t blockSize;
  std::size_t blockBytes;
  std::uint32_t ggufNumber;
};

/// In the order of the enum.
constexpr std::array<TypeFact, 13> kTypes{{{TensorType::F32, "F32", 1, 4, 0},
                                           {TensorType::F16, "F16", 1, 2, 1},
                                           {TensorType::BF16, "BF16", 1, 2, 30},
                                           {TensorType::Q4_0, "Q4_0", 32, 18, 2},
                                           {TensorType::Q4_1, "Q4_1", 32, 20, 3},
                                           {TensorType::Q5_0, "Q5_0", 32, 22, 6},
                                           {TensorType::Q5_1, "Q5_1", 32, 24, 7},
                                           {TensorType::Q8_0, "Q8_0", 32, 34, 8},
                                           {TensorType::Q2_K, "Q2_K", 256, 84, 10},
                                           {TensorType::Q3_K, "Q3_K", 256, 110, 11},
                                           {TensorType::Q4_K, "Q4_K", 256, 144, 12},
                                           {TensorType::Q5_K, "Q5_K", 256, 176, 13},
                                           {TensorType::Q6_K, "Q6_K", 256, 210, 14}}};

/// Every number ggml has given out; "" where a number was withdrawn.
constexpr std::array<std::string_view, 40> kGgufNames{
    "F32",    "F16",   "Q4_0",  "Q4_1",   "",      "",      "Q5_0",    "Q5_1",   "Q8_0",    "Q8_1",
    "Q2_K",   "Q3_K",  "Q4_K",  "Q5_K",   "Q6_K",  "Q8_K",  "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S",
    "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8",    "I16",   "I32",     "I64",    "F64",     "IQ1_M",
    "BF16",   "",      "",      "",       "TQ1_0", "TQ2_0", "",        "",       "",        "MXFP4"};

const TypeFact& factOf(TensorType type) { return kTypes[static_cast<std::size_t>(type)]; }

}  // namespace

std::string_view typeName(TensorType type) { return factOf(type).name; }
std::size_t blockSize(TensorType type) { return factOf(type).blockSize; }
std::size_t blockBytes(TensorType type) { return factOf(type).blockBytes; }
std::size_t bytesFor(TensorType type, std::size_t values) { return values / blockSize(type) * blockBytes(type); }
bool isQuantised(TensorType type) { return blockSize(type) > 1; }

std::optional<TensorType> typeOfGgufNumber(std::uint32_t number) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [number](const TypeFact& fact) { return fact.ggufNumber == number; });
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

std::string_view nameOfGgufNumber(std::uint32_t number) { return number < kGgufNames.size() ? kGgufNames[number] : ""; }

}  // namespace patchbay
