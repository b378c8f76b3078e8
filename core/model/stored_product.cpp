#include "core/model/stored_product.h"

#include "core/model/stored_formats.h"
#include "core/model/stored_formats_avx2.h"
#include "core/tensor/vector_level.h"

namespace patchbay {

#ifdef PB_HAS_VECTORS
namespace {

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
      const stored::Weights w = Format::decode(weights + block * Format::bytes);
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

PB_AVX2_INLINE float sumOf(__m256 eight) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

template <typename Format, int kRows>
PB_AVX2 void multiplyRowsAvx2(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  const std::int64_t columns = product.matrix->shape[1];
  const std::int64_t blocks = columns / 32;
  const std::byte* first = product.matrix->bytes.data();
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t stored = product.order.empty() ? row : product.order[static_cast<std::size_t>(row)];
    const std::byte* weights = first + stored * blocks * Format::bytes;
    __m256 sums[kRows][2];
    for (int m = 0; m < kRows; ++m) sums[m][0] = sums[m][1] = _mm256_setzero_ps();
    for (std::int64_t line = 0; line < blocks * Format::bytes; line += 64)
      __builtin_prefetch(weights + kBytesAhead + line);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const stored::avx2::Weights w = Format::decode(weights + block * Format::bytes);
      for (int m = 0; m < kRows; ++m) {
        const float* x = product.x + m * columns + block * 32;
        for (int i = 0; i < 4; ++i)
          sums[m][i % 2] = _mm256_fmadd_ps(w.part[i], _mm256_loadu_ps(x + 8 * i), sums[m][i % 2]);
      }
    }
    for (int m = 0; m < kRows; ++m)
      product.out[m * product.outStride + row] = sumOf(_mm256_add_ps(sums[m][0], sums[m][1]));
  }
}

template <typename Format>
void multiplyAsAvx2(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  switch (product.rows) {
    case 1: return multiplyRowsAvx2<Format, 1>(product, begin, end);
    case 2: return multiplyRowsAvx2<Format, 2>(product, begin, end);
    case 3: return multiplyRowsAvx2<Format, 3>(product, begin, end);
    default: return multiplyRowsAvx2<Format, 4>(product, begin, end);
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
  return hasPanelKernel() && columns % 32 == 0 && stored::withFormat<stored::Formats>(type, []<typename Format>() {});
}

void multiplyStored(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  const TensorType type = product.matrix->type;
  if (vectorLevel() == VectorLevel::Avx512) {
    stored::withFormat<stored::Formats>(type, [&]<typename Format>() { multiplyAs<Format>(product, begin, end); });
  } else {
    stored::withFormat<stored::avx2::Formats>(type,
                                              [&]<typename Format>() { multiplyAsAvx2<Format>(product, begin, end); });
  }
}

#else

bool canMultiplyStored(TensorType, std::int64_t) { return false; }
void multiplyStored(const StoredProduct&, std::int64_t, std::int64_t) {}

#endif

}  // namespace patchbay
