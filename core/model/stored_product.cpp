#include "core/model/stored_product.h"

#include "core/model/stored_formats.h"

namespace patchbay {

#ifdef PB_HAS_AVX512
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
  return hasPanelKernel() && columns % 32 == 0 && stored::withFormat(type, []<typename Format>() {});
}

void multiplyStored(const StoredProduct& product, std::int64_t begin, std::int64_t end) {
  stored::withFormat(product.matrix->type, [&]<typename Format>() { multiplyAs<Format>(product, begin, end); });
}

#else

bool canMultiplyStored(TensorType, std::int64_t) { return false; }
void multiplyStored(const StoredProduct&, std::int64_t, std::int64_t) {}

#endif

}  // namespace patchbay
