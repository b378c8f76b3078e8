#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/checkpoint/tensor_type.h"
#include "core/tensor/panel_kernel.h"

#ifdef PB_HAS_VECTORS

/// How 32 neighbouring weights of a stored row become four vector registers of eight: the twin of stored_formats.h for
/// processors with AVX2.
namespace patchbay::stored::avx2 {

/// Columns 0..7, 8..15, 16..23 and 24..31 of a block.
struct Weights {
  __m256 part[4];
};

/// A half float in every place.
PB_AVX2_INLINE __m256 half(const std::byte* at) {
  std::uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return _mm256_broadcastss_ps(_mm_cvtph_ps(_mm_cvtsi32_si128(bits)));
}

/// Sixteen bytes of four-bit codes: the low halves are columns 0..15, the high ones 16..31. [which] as eight words
/// each.
PB_AVX2_INLINE void codesOf(const std::byte* at, __m256i (&codes)[4]) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i low = _mm_and_si128(bytes, _mm_set1_epi8(15));
  const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15));
  codes[0] = _mm256_cvtepu8_epi32(low);
  codes[1] = _mm256_cvtepu8_epi32(_mm_srli_si128(low, 8));
  codes[2] = _mm256_cvtepu8_epi32(high);
  codes[3] = _mm256_cvtepu8_epi32(_mm_srli_si128(high, 8));
}

struct Q41 {
  static constexpr std::int64_t bytes = 20;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    const __m256 scale = half(block), offset = half(block + 2);
    __m256i codes[4];
    codesOf(block + 4, codes);
    Weights weights;
    for (int i = 0; i < 4; ++i)  // product and sum rounded one by one, as the format says
      weights.part[i] = _mm256_add_ps(_mm256_mul_ps(scale, _mm256_cvtepi32_ps(codes[i])), offset);
    return weights;
  }
};

struct Q40 {
  static constexpr std::int64_t bytes = 18;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    const __m256 scale = half(block);
    __m256i codes[4];
    codesOf(block + 2, codes);
    Weights weights;
    for (int i = 0; i < 4; ++i)
      weights.part[i] = _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_sub_epi32(codes[i], _mm256_set1_epi32(8))));
    return weights;
  }
};

struct Q80 {
  static constexpr std::int64_t bytes = 34;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    const __m256 scale = half(block);
    Weights weights;
    for (int i = 0; i < 4; ++i) {
      const __m128i codes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(block + 2 + 8 * i));
      weights.part[i] = _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes)));
    }
    return weights;
  }
};

struct Bfloat {
  static constexpr std::int64_t bytes = 64;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    Weights weights;
    for (int i = 0; i < 4; ++i) {
      const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
      weights.part[i] = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
    }
    return weights;
  }
};

struct Half {
  static constexpr std::int64_t bytes = 64;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    Weights weights;
    for (int i = 0; i < 4; ++i)
      weights.part[i] = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i)));
    return weights;
  }
};

/// The formats of five bits a code: the fifth bits of 32 codes stand in a word before the low four.
template <bool kHasOffset>
struct FiveBits {
  static constexpr int bitsAt = kHasOffset ? 4 : 2;
  static constexpr std::int64_t bytes = bitsAt + 20;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    std::uint32_t fifth;
    std::memcpy(&fifth, block + bitsAt, sizeof fifth);
    const __m256 scale = half(block);
    __m256i codes[4];
    codesOf(block + bitsAt + 4, codes);
    const __m256i places = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    Weights weights;
    for (int i = 0; i < 4; ++i) {
      const __m256i bits = _mm256_and_si256(_mm256_set1_epi32(static_cast<int>(fifth >> (8 * i) & 0xFF)), places);
      const __m256i high = _mm256_and_si256(_mm256_cmpeq_epi32(bits, places), _mm256_set1_epi32(16));
      const __m256i code = _mm256_or_si256(codes[i], high);
      if constexpr (kHasOffset) {
        weights.part[i] = _mm256_add_ps(_mm256_mul_ps(scale, _mm256_cvtepi32_ps(code)), half(block + 2));
      } else {
        weights.part[i] = _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_sub_epi32(code, _mm256_set1_epi32(16))));
      }
    }
    return weights;
  }
};

struct Single {
  static constexpr std::int64_t bytes = 128;
  PB_AVX2_INLINE static Weights decode(const std::byte* block) {
    Weights weights;
    for (int i = 0; i < 4; ++i) weights.part[i] = _mm256_loadu_ps(reinterpret_cast<const float*>(block + 32 * i));
    return weights;
  }
};

/// The formats by the names that stored::withFormat uses.
struct Formats {
  using F32 = Single;
  using F16 = Half;
  using BF16 = Bfloat;
  using Q4_0 = Q40;
  using Q4_1 = Q41;
  using Q5_0 = FiveBits<false>;
  using Q5_1 = FiveBits<true>;
  using Q8_0 = Q80;
};

}  // namespace patchbay::stored::avx2

#endif
