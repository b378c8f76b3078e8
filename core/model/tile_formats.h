#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/model/tile_target.h"

#ifdef PB_HAS_TILES

/// The stored forms that tile registers can multiply. Inlined into the loops of tile_product.cpp.
namespace patchbay::tiles {

// Within a block, column j stands beside column j + 16 in a tile, for the activations and for the weights alike: the
// formats of the GGUF family hold those two in one byte.

/// bfloat16 of the whole numbers `first` to first + 31, as a table for codes of up to five bits.
PB_TILES_INLINE __m512i codeTable(int first) {
  alignas(64) std::uint16_t table[32];
  for (int code = 0; code < 32; ++code) {
    const auto value = static_cast<float>(first + code);
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    table[code] = static_cast<std::uint16_t>(bits >> 16);
  }
  return _mm512_load_si512(table);
}

PB_TILES_INLINE float halfAt(const std::byte* bytes) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_loadu_si16(bytes))); }

/// Sixteen bytes of two four-bit codes: the low ones into the low halves of sixteen words, the high ones above them.
PB_TILES_INLINE __m512i nibblesAt(const std::byte* bytes) {
  const __m512i both = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
  return _mm512_and_si512(_mm512_or_si512(both, _mm512_slli_epi32(both, 12)), _mm512_set1_epi32(0x000F000F));
}

/// Thirty-two fifth bits to where `nibblesAt` puts their codes.
PB_TILES_INLINE __m512i fifthBitsAt(const std::byte* bytes) {
  std::uint32_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  const __m512i low = _mm512_maskz_set1_epi32(static_cast<__mmask16>(bits & 0xFFFF), 0x10);
  return _mm512_or_si512(low, _mm512_maskz_set1_epi32(static_cast<__mmask16>(bits >> 16), 0x100000));
}

/// Each format gives the codes of one row of a block as sixteen pairs (column j, column j + 16) of bfloat16, and what a
/// weight is: scale * code + offset. Codes are taken about zero, so that sums stay small.
///
/// The formats of four bits a code and of five: scale, offset if there is one, fifth bits if there are, four-bit codes.
template <bool kHasOffset, bool kHasFifthBits>
struct Nibbles {
  static constexpr int codesAt = 2 + (kHasOffset ? 2 : 0) + (kHasFifthBits ? 4 : 0);
  static constexpr int middle = kHasFifthBits ? 16 : 8;  // the code that stands for zero
  static constexpr std::int64_t bytes = codesAt + 16;
  static constexpr bool isScaled = true, hasOffset = kHasOffset;
  PB_TILES_INLINE static __m512i table() { return codeTable(-middle); }
  PB_TILES_INLINE static __m512i pairs(const std::byte* block, __m512i table) {
    __m512i codes = nibblesAt(block + codesAt);
    if constexpr (kHasFifthBits) codes = _mm512_or_si512(codes, fifthBitsAt(block + codesAt - 4));
    return _mm512_permutexvar_epi16(codes, table);
  }
  PB_TILES_INLINE static float scale(const std::byte* block) { return halfAt(block); }
  PB_TILES_INLINE static float offset(const std::byte* block) { return halfAt(block + 2) + middle * halfAt(block); }
};
using Q40 = Nibbles<false, false>;
using Q41 = Nibbles<true, false>;
using Q50 = Nibbles<false, true>;
using Q51 = Nibbles<true, true>;

struct Q80 {
  static constexpr std::int64_t bytes = 34;
  static constexpr bool isScaled = true, hasOffset = false;
  PB_TILES_INLINE static __m512i table() { return _mm512_setzero_si512(); }
  PB_TILES_INLINE static __m512i pairs(const std::byte* block, __m512i) {
    const auto at = [&](int first) PB_TILES {
      const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 2 + first));
      return _mm512_castps_si512(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(codes)));
    };
    return _mm512_or_si512(_mm512_srli_epi32(at(0), 16), at(16));  // a code has no bits below the upper sixteen
  }
  PB_TILES_INLINE static float scale(const std::byte* block) { return halfAt(block); }
};

struct Bfloat {
  static constexpr std::int64_t bytes = 64;
  static constexpr bool isScaled = false, hasOffset = false;
  PB_TILES_INLINE static __m512i table() { return _mm512_setzero_si512(); }
  PB_TILES_INLINE static __m512i pairs(const std::byte* block, __m512i) {
    const auto at = [&](int first) PB_TILES {
      return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + first)));
    };
    return _mm512_or_si512(at(0), _mm512_slli_epi32(at(32), 16));
  }
};

}  // namespace patchbay::tiles

#endif
