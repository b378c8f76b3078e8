#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/checkpoint/tensor_type.h"
#include "core/tensor/panel_kernel.h"

#ifdef PB_HAS_VECTORS

/// How 32 neighbouring weights of a stored row become two vector registers. For AVX-512; inlined into the
/// loops of stored_product.cpp and panel_product.cpp.
namespace patchbay::stored {

/// Two registers of sixteen decoded weights: columns 0..15 and 16..31 of a block.
struct Weights {
  __m512 low, high;
};

/// Each format decodes 32 neighbouring weights of a row. `bytes` is what those 32 take in the file.
struct Q41 {
  static constexpr std::int64_t bytes = 20;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    const __m128 scales = _mm_cvtph_ps(_mm_loadu_si32(block));  // d, m
    const __m512 steps = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    // All sixteen values d q + m of the block; the lookup uses the low four bits of each index.
    const __m512 table = _mm512_add_ps(_mm512_mul_ps(_mm512_broadcastss_ps(scales), steps),
                                       _mm512_broadcastss_ps(_mm_movehdup_ps(scales)));
    const __m512i codes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 4)));
    return {_mm512_permutexvar_ps(codes, table), _mm512_permutexvar_ps(_mm512_srli_epi32(codes, 4), table)};
  }
};

struct Q40 {
  static constexpr std::int64_t bytes = 18;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    const __m512 scale = _mm512_broadcastss_ps(_mm_cvtph_ps(_mm_loadu_si16(block)));
    const __m512 steps = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    const __m512 table = _mm512_mul_ps(scale, steps);
    const __m512i codes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 2)));
    return {_mm512_permutexvar_ps(codes, table), _mm512_permutexvar_ps(_mm512_srli_epi32(codes, 4), table)};
  }
};

struct Q80 {
  static constexpr std::int64_t bytes = 34;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    const __m512 scale = _mm512_broadcastss_ps(_mm_cvtph_ps(_mm_loadu_si16(block)));
    const auto part = [&](int at) PB_AVX512 {
      const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 2 + at));
      return _mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(codes)));
    };
    return {part(0), part(16)};
  }
};

struct Bfloat {
  static constexpr std::int64_t bytes = 64;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    const auto part = [&](int at) PB_AVX512 {
      const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + at));
      return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
    };
    return {part(0), part(32)};
  }
};

struct Half {
  static constexpr std::int64_t bytes = 64;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block))),
            _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32)))};
  }
};

/// The formats of five bits a code: the fifth bits of 32 codes stand in a word before the low four.
template <bool kHasOffset>
struct FiveBits {
  static constexpr int bitsAt = kHasOffset ? 4 : 2;
  static constexpr std::int64_t bytes = bitsAt + 20;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    std::uint32_t fifth;
    std::memcpy(&fifth, block + bitsAt, sizeof fifth);
    const __m512i codes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + bitsAt + 4)));
    const __m512 scale = _mm512_broadcastss_ps(_mm_cvtph_ps(_mm_loadu_si16(block)));
    const auto part = [&](__m512i fourBits, std::uint32_t bits) PB_AVX512 {
      const __m512i high = _mm512_maskz_set1_epi32(static_cast<__mmask16>(bits), 16);
      const __m512i code = _mm512_or_si512(_mm512_and_si512(fourBits, _mm512_set1_epi32(15)), high);
      if constexpr (kHasOffset) {
        const __m512 offset = _mm512_broadcastss_ps(_mm_cvtph_ps(_mm_loadu_si16(block + 2)));
        return _mm512_add_ps(_mm512_mul_ps(scale, _mm512_cvtepi32_ps(code)), offset);
      } else {
        return _mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_sub_epi32(code, _mm512_set1_epi32(16))));
      }
    };
    return {part(codes, fifth & 0xFFFF), part(_mm512_srli_epi32(codes, 4), fifth >> 16)};
  }
};
using Q50 = FiveBits<false>;
using Q51 = FiveBits<true>;

struct Single {
  static constexpr std::int64_t bytes = 128;
  PB_AVX512_INLINE static Weights decode(const std::byte* block) {
    return {_mm512_loadu_ps(block), _mm512_loadu_ps(block + 64)};
  }
};

/// The formats by the names that `withFormat` uses.
struct Formats {
  using F32 = Single;
  using F16 = Half;
  using BF16 = Bfloat;
  using Q4_0 = Q40;
  using Q4_1 = Q41;
  using Q5_0 = Q50;
  using Q5_1 = Q51;
  using Q8_0 = Q80;
};

/// Calls `use.template operator()<Format>()` with the format of a type out of a set of formats (this one, or that of
/// stored_formats_avx2.h); false when there is none.
template <typename All, typename Use>
bool withFormat(TensorType type, const Use& use) {
  switch (type) {
    case TensorType::F32: use.template operator()<typename All::F32>(); return true;
    case TensorType::F16: use.template operator()<typename All::F16>(); return true;
    case TensorType::BF16: use.template operator()<typename All::BF16>(); return true;
    case TensorType::Q4_0: use.template operator()<typename All::Q4_0>(); return true;
    case TensorType::Q4_1: use.template operator()<typename All::Q4_1>(); return true;
    case TensorType::Q5_0: use.template operator()<typename All::Q5_0>(); return true;
    case TensorType::Q5_1: use.template operator()<typename All::Q5_1>(); return true;
    case TensorType::Q8_0: use.template operator()<typename All::Q8_0>(); return true;
    default: return false;
  }
}

}  // namespace patchbay::stored

#endif
