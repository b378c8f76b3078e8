#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// One function per stored type: the bytes of one block become its float32 values.
///
/// All are inlined into the loops of dequantize.cpp, which exist once per processor generation; that is why they
/// are in a header and forced inline. No branches on the data, so that the compiler turns the loops into vectors.
/// Source   ggml-quants.c, dequantize_row_*.
namespace patchbay::quant {

using Byte = std::uint8_t;

[[gnu::always_inline]] inline std::uint16_t loadHalfBits(const Byte* bytes) {
  std::uint16_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

/// IEEE half to single without a branch: normal and subnormal numbers are both computed, one is chosen.
/// Source   M. Dukhan, FP16 library, fp16_ieee_to_fp32_value.
[[gnu::always_inline]] inline float halfToFloat(std::uint16_t half) {
  const std::uint32_t word = static_cast<std::uint32_t>(half) << 16;
  const std::uint32_t sign = word & 0x80000000U;
  const std::uint32_t twice = word + word;
  const float normal = std::bit_cast<float>((twice >> 4) + (0xE0U << 23)) * 0x1.0p-112f;
  const float subnormal = std::bit_cast<float>((twice >> 17) | (126U << 23)) - 0.5f;
  const std::uint32_t magnitude =
      twice < (1U << 27) ? std::bit_cast<std::uint32_t>(subnormal) : std::bit_cast<std::uint32_t>(normal);
  return std::bit_cast<float>(sign | magnitude);
}

[[gnu::always_inline]] inline float loadHalf(const Byte* bytes) { return halfToFloat(loadHalfBits(bytes)); }

[[gnu::always_inline]] inline void blockF16(const Byte* block, float* values) { *values = loadHalf(block); }

[[gnu::always_inline]] inline void blockBf16(const Byte* block, float* values) {
  *values = std::bit_cast<float>(static_cast<std::uint32_t>(loadHalfBits(block)) << 16);
}

[[gnu::always_inline]] inline void blockQ4_0(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const Byte* nibbles = block + 2;
  for (int i = 0; i < 16; ++i) values[i] = scale * static_cast<float>((nibbles[i] & 15) - 8);
  for (int i = 0; i < 16; ++i) values[i + 16] = scale * static_cast<float>((nibbles[i] >> 4) - 8);
}

[[gnu::always_inline]] inline void blockQ4_1(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const float minimum = loadHalf(block + 2);
  const Byte* nibbles = block + 4;
  for (int i = 0; i < 16; ++i) values[i] = scale * static_cast<float>(nibbles[i] & 15) + minimum;
  for (int i = 0; i < 16; ++i) values[i + 16] = scale * static_cast<float>(nibbles[i] >> 4) + minimum;
}

[[gnu::always_inline]] inline std::uint32_t loadWord(const Byte* bytes) {
  std::uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

[[gnu::always_inline]] inline void blockQ5_0(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const std::uint32_t fifth = loadWord(block + 2);
  const Byte* nibbles = block + 6;
  for (int i = 0; i < 16; ++i) {
    const int low = (nibbles[i] & 15) | static_cast<int>((fifth >> i & 1U) << 4);
    const int high = (nibbles[i] >> 4) | static_cast<int>((fifth >> (i + 16) & 1U) << 4);
    values[i] = scale * static_cast<float>(low - 16);
    values[i + 16] = scale * static_cast<float>(high - 16);
  }
}

[[gnu::always_inline]] inline void blockQ5_1(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const float minimum = loadHalf(block + 2);
  const std::uint32_t fifth = loadWord(block + 4);
  const Byte* nibbles = block + 8;
  for (int i = 0; i < 16; ++i) {
    const int low = (nibbles[i] & 15) | static_cast<int>((fifth >> i & 1U) << 4);
    const int high = (nibbles[i] >> 4) | static_cast<int>((fifth >> (i + 16) & 1U) << 4);
    values[i] = scale * static_cast<float>(low) + minimum;
    values[i + 16] = scale * static_cast<float>(high) + minimum;
  }
}

[[gnu::always_inline]] inline void blockQ8_0(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const Byte* codes = block + 2;
  for (int i = 0; i < 32; ++i) values[i] = static_cast<float>(static_cast<std::int8_t>(codes[i])) * scale;
}

/// scales 16, codes 64, scale of scales, scale of minima; two bits a value.
[[gnu::always_inline]] inline void blockQ2_K(const Byte* block, float* values) {
  const float scale = loadHalf(block + 80);
  const float minimum = loadHalf(block + 82);
  for (int group = 0; group < 16; ++group) {
    const float groupScale = scale * static_cast<float>(block[group] & 15);
    const float groupMinimum = minimum * static_cast<float>(block[group] >> 4);
    const Byte* codes = block + 16 + group / 8 * 32 + group % 2 * 16;
    const int shift = group / 2 % 4 * 2;
    for (int i = 0; i < 16; ++i)
      values[group * 16 + i] = groupScale * static_cast<float>(codes[i] >> shift & 3) - groupMinimum;
  }
}

/// Scale number `group` of the sixteen 6-bit scales of Q3_K: low four bits in bytes 0..7, high two in 8..11.
[[gnu::always_inline]] inline int scaleQ3_K(const Byte* scales, int group) {
  const int low = scales[group % 8] >> (group / 8 * 4) & 15;
  const int high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
  return (low | high << 4) - 32;
}

/// high bits 32, codes 64, scales 12, scale; the high bit subtracts 4 when it is not set.
[[gnu::always_inline]] inline void blockQ3_K(const Byte* block, float* values) {
  const float scale = loadHalf(block + 108);
  for (int group = 0; group < 16; ++group) {
    const float groupScale = scale * static_cast<float>(scaleQ3_K(block + 96, group));
    const Byte* high = block + group % 2 * 16;
    const Byte* codes = block + 32 + group / 8 * 32 + group % 2 * 16;
    const int shift = group / 2 % 4 * 2;
    const int bit = group / 2;
    for (int i = 0; i < 16; ++i) {
      const int code = (codes[i] >> shift & 3) - ((~high[i] >> bit & 1) << 2);
      values[group * 16 + i] = groupScale * static_cast<float>(code);
    }
  }
}

struct ScaleAndMinimum {
  int scale;
  int minimum;
};

/// Number `group` of the eight pairs of 6-bit numbers of Q4_K and Q5_K in 12 bytes.
[[gnu::always_inline]] inline ScaleAndMinimum pairOfK(const Byte* packed, int group) {
  if (group < 4) return {packed[group] & 63, packed[group + 4] & 63};
  const int i = group - 4;
  return {(packed[8 + i] & 15) | (packed[i] >> 2 & 48), (packed[8 + i] >> 4) | (packed[4 + i] >> 2 & 48)};
}

/// scale of scales, scale of minima, pairs 12, codes 128; four bits a value.
[[gnu::always_inline]] inline void blockQ4_K(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const float minimum = loadHalf(block + 2);
  for (int group = 0; group < 8; ++group) {
    const ScaleAndMinimum pair = pairOfK(block + 4, group);
    const float groupScale = scale * static_cast<float>(pair.scale);
    const float groupMinimum = minimum * static_cast<float>(pair.minimum);
    const Byte* codes = block + 16 + group / 2 * 32;
    const int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i)
      values[group * 32 + i] = groupScale * static_cast<float>(codes[i] >> shift & 15) - groupMinimum;
  }
}

/// As Q4_K with a fifth bit of each value in 32 bytes before the codes.
[[gnu::always_inline]] inline void blockQ5_K(const Byte* block, float* values) {
  const float scale = loadHalf(block);
  const float minimum = loadHalf(block + 2);
  const Byte* fifth = block + 16;
  for (int group = 0; group < 8; ++group) {
    const ScaleAndMinimum pair = pairOfK(block + 4, group);
    const float groupScale = scale * static_cast<float>(pair.scale);
    const float groupMinimum = minimum * static_cast<float>(pair.minimum);
    const Byte* codes = block + 48 + group / 2 * 32;
    const int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      const int code = (codes[i] >> shift & 15) | (fifth[i] >> group & 1) << 4;
      values[group * 32 + i] = groupScale * static_cast<float>(code) - groupMinimum;
    }
  }
}

/// low codes 128, high codes 64, scales 16 (signed), scale; six bits a value.
[[gnu::always_inline]] inline void blockQ6_K(const Byte* block, float* values) {
  const float scale = loadHalf(block + 208);
  for (int group = 0; group < 16; ++group) {
    const float groupScale = scale * static_cast<float>(static_cast<std::int8_t>(block[192 + group]));
    const int quarter = group / 2 % 4;  // which 32 of the 128 values that share their high bytes
    const Byte* low = block + group / 8 * 64 + quarter % 2 * 32 + group % 2 * 16;
    const Byte* high = block + 128 + group / 8 * 32 + group % 2 * 16;
    const int lowShift = quarter / 2 * 4;
    const int highShift = quarter * 2;
    for (int i = 0; i < 16; ++i) {
      const int code = (low[i] >> lowShift & 15) | (high[i] >> highShift & 3) << 4;
      values[group * 16 + i] = groupScale * static_cast<float>(code - 32);
    }
  }
}

}  // namespace patchbay::quant
