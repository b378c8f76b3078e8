#include "core/model/panel_product.h"

#include <algorithm>
#include <vector>

#include "core/model/stored_formats.h"
#include "core/model/stored_formats_avx2.h"
#include "core/tensor/panel_kernel_avx2.h"
#include "core/tensor/transpose.h"
#include "core/tensor/vector_level.h"

namespace patchbay {

#ifdef PB_HAS_VECTORS
namespace {

/// Where the stored rows of a panel's outputs begin.
struct PanelRows {
  const std::byte* at[kPanelWidth];
};

PanelRows rowsOf(const DecodedProduct& product, std::int64_t first, std::int64_t count, std::int64_t rowBytes) {
  PanelRows rows;
  for (std::int64_t n = 0; n < kPanelWidth; ++n) {
    const std::int64_t output = first + std::min(n, count - 1);
    const std::int64_t stored = product.order.empty() ? output : product.order[static_cast<std::size_t>(output)];
    rows.at[n] = product.matrix->bytes.data() + stored * rowBytes;
  }
  return rows;
}

/// 32 columns of sixteen rows into the panel.
template <typename Format>
PB_AVX512_INLINE void decodeCorner(const std::byte* const* rows, std::int64_t at, float* panel) {
  __m512i low[16], high[16];
  for (int n = 0; n < 16; ++n) {
    const stored::Weights weights = Format::decode(rows[n] + at);
    low[n] = _mm512_castps_si512(weights.low);
    high[n] = _mm512_castps_si512(weights.high);
  }
  transpose(low);
  for (int n = 0; n < 16; ++n) _mm512_store_si512(panel + n * kPanelWidth, low[n]);
  transpose(high);
  for (int n = 0; n < 16; ++n) _mm512_store_si512(panel + (16 + n) * kPanelWidth, high[n]);
}

template <typename Format>
PB_AVX512 void decodePanel(const PanelRows& rows, std::int64_t blocks, float* panel) {
  for (std::int64_t block = 0; block < blocks; ++block) {
    for (int half = 0; half < 2; ++half)
      decodeCorner<Format>(rows.at + half * 16, block * Format::bytes, panel + block * 32 * kPanelWidth + half * 16);
  }
}

/// The same with AVX2: 32 columns of eight rows.
template <typename Format>
PB_AVX2_INLINE void decodeCornerAvx2(const std::byte* const* rows, std::int64_t at, float* panel) {
  __m256 parts[4][8];
  for (int n = 0; n < 8; ++n) {
    const stored::avx2::Weights weights = Format::decode(rows[n] + at);
    for (int i = 0; i < 4; ++i) parts[i][n] = weights.part[i];
  }
  for (int i = 0; i < 4; ++i) {
    transpose(parts[i]);
    for (int n = 0; n < 8; ++n) _mm256_store_ps(panel + (8 * i + n) * kPanelWidth, parts[i][n]);
  }
}

template <typename Format>
PB_AVX2 void decodePanelAvx2(const PanelRows& rows, std::int64_t blocks, float* panel) {
  for (std::int64_t block = 0; block < blocks; ++block) {
    for (int part = 0; part < 4; ++part)
      decodeCornerAvx2<Format>(rows.at + part * 8, block * Format::bytes, panel + block * 32 * kPanelWidth + part * 8);
  }
}

/// Decodes a whole panel; its blocks of 32 weights take `blockBytes` in the file.
struct PanelDecoder {
  void (*decode)(const PanelRows& rows, std::int64_t blocks, float* panel) = nullptr;
  std::int64_t blockBytes = 0;
};

PanelDecoder decoderOf(TensorType type) {
  PanelDecoder decoder;
  if (vectorLevel() == VectorLevel::Avx512) {
    stored::withFormat<stored::Formats>(type, [&]<typename Format>() {
      decoder = {&decodePanel<Format>, Format::bytes};
    });
  } else {
    stored::withFormat<stored::avx2::Formats>(type, [&]<typename Format>() {
      decoder = {&decodePanelAvx2<Format>, Format::bytes};
    });
  }
  return decoder;
}

/// 32 floats of a panel row, aligned for the vector stores.
struct alignas(64) PanelRow {
  float values[kPanelWidth];
};

/// Bytes of panels that are decoded together: they stay in the second cache while the rows pass, and each few rows are
/// read from further away once for all of them.
constexpr std::int64_t kPanelBytes = std::int64_t{192} << 10;

}  // namespace

void multiplyDecoded(const DecodedProduct& product, std::int64_t begin, std::int64_t end) {
  const PanelDecoder decoder = decoderOf(product.matrix->type);
  const std::int64_t columns = product.matrix->shape[1], blocks = columns / 32;
  const std::int64_t most = std::max<std::int64_t>(1, kPanelBytes / (columns * std::int64_t{sizeof(PanelRow)}));
  thread_local std::vector<PanelRow> panels;  // keeps its memory from product to product
  if (const auto needed = static_cast<std::size_t>(most * columns); panels.size() < needed) panels.resize(needed);
  const auto panelAt = [&](std::int64_t panel) { return panels[static_cast<std::size_t>(panel * columns)].values; };
  for (std::int64_t first = begin; first < end; first += most * kPanelWidth) {
    const std::int64_t outputs = std::min(most * kPanelWidth, end - first);
    for (std::int64_t at = 0; at < outputs; at += kPanelWidth) {
      const PanelRows rows =
          rowsOf(product, first + at, std::min(kPanelWidth, outputs - at), blocks * decoder.blockBytes);
      decoder.decode(rows, blocks, panelAt(at / kPanelWidth));
    }
    for (std::int64_t row = 0; row < product.rows; row += kPanelRows) {
      for (std::int64_t at = 0; at < outputs; at += kPanelWidth) {
        multiplyPanel({.a = product.x + row * columns,
                       .aStride = columns,
                       .rows = std::min(kPanelRows, product.rows - row),
                       .inner = columns,
                       .panel = panelAt(at / kPanelWidth),
                       .panelStride = kPanelWidth,
                       .out = product.out + row * product.outStride + first + at - begin,
                       .outStride = product.outStride,
                       .width = std::min(kPanelWidth, outputs - at),
                       .adds = false});
      }
    }
  }
}

#else

void multiplyDecoded(const DecodedProduct&, std::int64_t, std::int64_t) {}

#endif

}  // namespace patchbay
