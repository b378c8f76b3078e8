#include "core/model/stored_product.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define PB_HAS_STORED_LOOPS 1
#define PB_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,f16c,fma")))
#define PB_AVX512_INLINE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,f16c,fma"), always_inline)) inline
#endif

namespace patchbay {

#ifdef PB_HAS_STORED_LOOPS
namespace {

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

/// The processor stops fetching ahead at every 4 KB page of a mapped file; asking for the rows to come halves the time.
constexpr std::int64_t kBytesAhead = 3072;

template <typename Format, int kRows>
PB_AVX512 void multiplyRows(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  const std::int64_t columns = product.matrix->shape[1];
  const std::int64_t blocks = columns / 32;
  const std::byte* first = product.matrix->bytes.data();
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t stored = product.order.empty() ? row : product.order[static_cast<std::size_t>(row)];
    const std::byte* weights = first + stored * blocks * Format::bytes;
    __m512 low[kRows], high[kRows];
    for (int m = 0; m < kRows; ++m) low[m] = high[m] = _mm512_setzero_ps();
    for (std::int64_t line = 0; line < blocks * Format::bytes; line += 64)
      __builtin_prefetch(weights + kBytesAhead + line);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Weights w = Format::decode(weights + block * Format::bytes);
      for (int m = 0; m < kRows; ++m) {
        const float* x = product.x + m * columns + block * 32;
        low[m] = _mm512_fmadd_ps(w.low, _mm512_loadu_ps(x), low[m]);
        high[m] = _mm512_fmadd_ps(w.high, _mm512_loadu_ps(x + 16), high[m]);
      }
    }
    for (int m = 0; m < kRows; ++m)
      product.out[m * product.outStride + row] = _mm512_reduce_add_ps(_mm512_add_ps(low[m], high[m]));
  }
}

template <typename Format>
void multiplyAs(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  switch (product.rows) {
    case 1: return multiplyRows<Format, 1>(product, begin, end);
    case 2: return multiplyRows<Format, 2>(product, begin, end);
    case 3: return multiplyRows<Format, 3>(product, begin, end);
    default: return multiplyRows<Format, 4>(product, begin, end);
  }
}

}  // namespace

bool canMultiplyStored(TensorType type, std::int64_t columns) {
  static const bool hasAvx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (!hasAvx512 || columns % 32 != 0) return false;
  return type == TensorType::Q4_1 || type == TensorType::Q4_0 || type == TensorType::Q8_0 || type == TensorType::BF16 ||
         type == TensorType::F16;
}

void multiplyStored(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  switch (product.matrix->type) {
    case TensorType::Q4_1: return multiplyAs<Q41>(product, begin, end);
    case TensorType::Q4_0: return multiplyAs<Q40>(product, begin, end);
    case TensorType::Q8_0: return multiplyAs<Q80>(product, begin, end);
    case TensorType::BF16: return multiplyAs<Bfloat>(product, begin, end);
    case TensorType::F16: return multiplyAs<Half>(product, begin, end);
    default: return;
  }
}

#else

bool canMultiplyStored(TensorType, std::int64_t) { return false; }
void multiplyStored(const StoredProduct&, std::int64_t, std::int64_t) {}

#endif

}  // namespace patchbay
