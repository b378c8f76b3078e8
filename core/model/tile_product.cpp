#include "core/model/tile_product.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/model/tile_formats.h"
#include "core/model/tile_target.h"
#include "core/tensor/transpose.h"

#ifdef PB_HAS_TILES
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace patchbay {

#ifdef PB_HAS_TILES
namespace {

using namespace tiles;

constexpr std::int64_t kTileRows = SplitRows::kTileRows;
constexpr std::int64_t kPanel = 32;  // outputs that are worked on together: two tiles of sixteen

/// The codes of up to four times 32 output rows, ready for the tile registers, with scales and offsets: block after
/// block of columns, and within it panel after panel, as they are multiplied.
struct Panels {
  static constexpr std::int64_t kMost = 4;
  struct alignas(64) Block {
    std::uint32_t codes[2][256];
    float scales[kPanel], offsets[kPanel];
  };
  std::vector<Block> blocks;
  std::int64_t count = 0;

  [[nodiscard]] Block& at(std::int64_t block, std::int64_t panel) {
    return blocks[static_cast<std::size_t>(block * kMost + panel)];
  }
  [[nodiscard]] const Block& at(std::int64_t block, std::int64_t panel) const {
    return blocks[static_cast<std::size_t>(block * kMost + panel)];
  }
};

template <typename Format>
PB_TILES void unpack(const TileProduct& product, std::int64_t first, std::int64_t count, Panels& panels,
                     std::int64_t panel) {
  const std::int64_t blocks = product.x->blocks();
  const std::byte* rows[kPanel];
  for (std::int64_t n = 0; n < kPanel; ++n) {
    const std::int64_t output = first + std::min(n, count - 1);
    const std::int64_t stored = product.order.empty() ? output : product.order[static_cast<std::size_t>(output)];
    rows[n] = product.matrix->bytes.data() + stored * blocks * Format::bytes;
  }
  const __m512i table = Format::table();
  for (std::int64_t b = 0; b < blocks; ++b) {
    Panels::Block& block = panels.at(b, panel);
    for (int half = 0; half < 2; ++half) {
      __m512i words[16];
      for (int n = 0; n < 16; ++n) words[n] = Format::pairs(rows[half * 16 + n] + b * Format::bytes, table);
      transpose(words);
      for (int n = 0; n < 16; ++n) _mm512_store_si512(block.codes[half] + n * 16, words[n]);
    }
    if constexpr (Format::isScaled) {
      for (int n = 0; n < kPanel; ++n) {
        block.scales[n] = Format::scale(rows[n] + b * Format::bytes);
        if constexpr (Format::hasOffset) block.offsets[n] = Format::offset(rows[n] + b * Format::bytes);
      }
    }
  }
}

/// What the tiles of one step leave: [row tile][output tile][16 x 16].
struct alignas(64) Staged {
  float values[2][2][256];
};

/// Sums of up to 32 rows by 32 outputs, row after row.
struct alignas(64) Sums {
  float values[2 * kTileRows * kPanel];
};

template <int kTiles>
PB_TILES_INLINE void storeTiles(Staged& staged) {
  _tile_stored(0, staged.values[0][0], 64);
  _tile_stored(1, staged.values[0][1], 64);
  if constexpr (kTiles == 2) {
    _tile_stored(2, staged.values[1][0], 64);
    _tile_stored(3, staged.values[1][1], 64);
  }
}

/// A step that has been multiplied and is still to be taken up.
struct Step {
  const Panels::Block* block = nullptr;
  const float* rowSums[2] = {};  // of each row tile
  float* sums = nullptr;
  bool isFirst = false;  // the sums do not exist yet
};

/// sums += scale * staged + offset * (sum of the row's activations in this block), for four rows of both output tiles.
template <typename Format>
PB_TILES_INLINE void takeEighth(const Step& step, const Staged& staged, int piece) {
  const int i = piece / 4, firstRow = piece % 4 * 4;
  const Panels::Block& block = *step.block;
  const __m512 scales[2] = {_mm512_load_ps(block.scales), _mm512_load_ps(block.scales + 16)};
  const __m512 zero = _mm512_setzero_ps();
  const __m512 offsets[2] = {Format::hasOffset ? _mm512_load_ps(block.offsets) : zero,
                             Format::hasOffset ? _mm512_load_ps(block.offsets + 16) : zero};
  for (int r = firstRow; r < firstRow + 4; ++r) {
    float* to = step.sums + (i * kTileRows + r) * kPanel;
    const __m512 rowSum = Format::hasOffset ? _mm512_set1_ps(step.rowSums[i][r]) : zero;
    for (int half = 0; half < 2; ++half) {
      const __m512 before = step.isFirst ? zero : _mm512_load_ps(to + half * 16);
      __m512 sum = _mm512_fmadd_ps(scales[half], _mm512_load_ps(staged.values[i][half] + r * 16), before);
      if constexpr (Format::hasOffset) sum = _mm512_fmadd_ps(offsets[half], rowSum, sum);
      _mm512_store_ps(to + half * 16, sum);
    }
  }
}

PB_TILES_INLINE void clearTiles() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

/// One term of a tile of rows times the codes in registers 6 and 7, into registers `kInto` and the next.
template <int kInto>
PB_TILES_INLINE void multiplyTerm(const std::uint16_t* term) {
  if constexpr (kInto == 0) {
    _tile_loadd(4, term, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
  } else {
    _tile_loadd(5, term, 64);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
}

/// Asks for one half of the codes that the next step multiplies, so that they are near by then.
PB_TILES_INLINE void fetchCodes(const Panels::Block* next, int half) {
  if (half > 1) return;
  for (int line = 0; line < 16; ++line)
    _mm_prefetch(reinterpret_cast<const char*>(next->codes[half]) + line * 64, _MM_HINT_T0);
}

/// Multiplies a block and between the products takes up the step before it: both units work at once.
template <typename Format, int kTiles>
PB_TILES_INLINE void multiplyBlock(const SplitRows& x, std::int64_t tile, std::int64_t b, const Panels::Block& block,
                                   const Step& before, const Staged& staged) {
  const std::uint16_t* first = x.terms(tile, b);
  const std::uint16_t* second = kTiles == 2 ? x.terms(tile + 1, b) : nullptr;
  clearTiles();
  _tile_loadd(6, block.codes[0], 64);
  _tile_loadd(7, block.codes[1], 64);
#pragma GCC unroll 3
  for (int term = 0; term < SplitRows::kTerms; ++term) {
    multiplyTerm<0>(first + term * 512);
    takeEighth<Format>(before, staged, term);
    if constexpr (kTiles == 2) {
      multiplyTerm<2>(second + term * 512);
      fetchCodes(&block + 1, term);
      takeEighth<Format>(before, staged, 4 + term);
    }
  }
  takeEighth<Format>(before, staged, 3);
  if constexpr (kTiles == 2) takeEighth<Format>(before, staged, 7);
}

/// One or two tiles of rows times all panels. A block's activations go through every panel while they are near.
template <typename Format, int kTiles>
PB_TILES void multiplyPanels(const SplitRows& x, std::int64_t tile, const Panels& panels, Sums* sums) {
  const std::int64_t blocks = x.blocks();
  Staged staged;  // taken up while the next step multiplies, before that one is stored
  Sums unused;    // the first step has none before it
  Step before{
      .block = &panels.at(0, 0), .rowSums = {x.sums(tile, 0), x.sums(tile + kTiles - 1, 0)}, .sums = unused.values};
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (std::int64_t panel = 0; panel < panels.count; ++panel) {
      const Panels::Block& block = panels.at(b, panel);
      multiplyBlock<Format, kTiles>(x, tile, b, block, before, staged);
      storeTiles<kTiles>(staged);
      before = {.block = &block,
                .rowSums = {x.sums(tile, b), x.sums(tile + kTiles - 1, b)},
                .sums = sums[panel].values,
                .isFirst = b == 0};
    }
  }
  for (int piece = 0; piece < 4 * kTiles; ++piece) takeEighth<Format>(before, staged, piece);
}

/// The same for weights that are bfloat16 themselves: their sums stay in the tile registers to the end.
template <int kTiles>
PB_TILES void multiplyUnscaled(const SplitRows& x, std::int64_t tile, const Panels& panels, Sums* sums) {
  for (std::int64_t panel = 0; panel < panels.count; ++panel) {
    clearTiles();
    for (std::int64_t b = 0; b < x.blocks(); ++b) {
      const Panels::Block& block = panels.at(b, panel);
      _tile_loadd(6, block.codes[0], 64);
      _tile_loadd(7, block.codes[1], 64);
      for (int term = 0; term < SplitRows::kTerms; ++term) {
        multiplyTerm<0>(x.terms(tile, b) + term * 512);
        if constexpr (kTiles == 2) multiplyTerm<2>(x.terms(tile + 1, b) + term * 512);
      }
    }
    float* to = sums[panel].values;
    _tile_stored(0, to, kPanel * sizeof(float));
    _tile_stored(1, to + 16, kPanel * sizeof(float));
    if constexpr (kTiles == 2) {
      _tile_stored(2, to + kTileRows * kPanel, kPanel * sizeof(float));
      _tile_stored(3, to + kTileRows * kPanel + 16, kPanel * sizeof(float));
    }
  }
}

/// The first `width` sums of each row go to their place in the output.
PB_TILES_INLINE void copyRows(const float* sums, float* out, std::int64_t stride, std::int64_t rows,
                              std::int64_t width) {
  const auto low = static_cast<__mmask16>((1U << std::min<std::int64_t>(width, 16)) - 1);
  const auto high = static_cast<__mmask16>((1U << std::max<std::int64_t>(width - 16, 0)) - 1);
  for (std::int64_t r = 0; r < rows; ++r) {
    _mm512_mask_storeu_ps(out + r * stride, low, _mm512_load_ps(sums + r * kPanel));
    _mm512_mask_storeu_ps(out + r * stride + 16, high, _mm512_load_ps(sums + r * kPanel + 16));
  }
}

/// Bytes of split rows that are worked through for all outputs before the next ones: they stay in the second cache.
constexpr std::int64_t kRowsInCache = std::int64_t{3} << 19;
/// At least so many tiles of rows share one unpacking of the codes, also where they do not fit in that cache.
constexpr std::int64_t kLeastTiles = 16;

template <typename Format>
PB_TILES_INLINE void multiplyRows(const SplitRows& x, std::int64_t tile, int tiles, const Panels& panels, Sums* sums) {
  if constexpr (Format::isScaled) {
    return tiles == 2 ? multiplyPanels<Format, 2>(x, tile, panels, sums)
                      : multiplyPanels<Format, 1>(x, tile, panels, sums);
  } else {
    return tiles == 2 ? multiplyUnscaled<2>(x, tile, panels, sums) : multiplyUnscaled<1>(x, tile, panels, sums);
  }
}

template <typename Format>
PB_TILES void multiplyAs(const TileProduct& product, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kOutputs = Panels::kMost * kPanel;
  const SplitRows& x = *product.x;
  thread_local Panels panels;
  if (const auto needed = static_cast<std::size_t>(x.blocks() * Panels::kMost + 1); panels.blocks.size() < needed)
    panels.blocks.resize(needed);
  const std::int64_t tileBytes = x.blocks() * SplitRows::kTerms * 1024;
  const std::int64_t tilesAtOnce = std::max(kLeastTiles, kRowsInCache / tileBytes / 2 * 2);
  Sums sums[Panels::kMost];
  for (std::int64_t firstTile = 0; firstTile < x.tiles(); firstTile += tilesAtOnce) {
    const std::int64_t lastTile = std::min(x.tiles(), firstTile + tilesAtOnce);
    for (std::int64_t output = begin; output < end; output += kOutputs) {
      const std::int64_t count = std::min(kOutputs, end - output);
      panels.count = (count + kPanel - 1) / kPanel;
      for (std::int64_t panel = 0; panel < panels.count; ++panel)
        unpack<Format>(product, output + panel * kPanel, std::min(kPanel, count - panel * kPanel), panels, panel);
      for (std::int64_t tile = firstTile; tile < lastTile; tile += 2) {
        multiplyRows<Format>(x, tile, tile + 1 < lastTile ? 2 : 1, panels, sums);
        const std::int64_t row = tile * kTileRows;
        const std::int64_t rows = std::min(x.rows(), std::min(tile + 2, lastTile) * kTileRows) - row;
        for (std::int64_t panel = 0; panel < panels.count; ++panel) {
          float* out = product.out + row * product.outStride + output - begin + panel * kPanel;
          copyRows(sums[panel].values, out, product.outStride, rows, std::min(kPanel, count - panel * kPanel));
        }
      }
    }
  }
}

/// The layout of the tile registers, as the processor reads it.   Source  Intel SDM, LDTILECFG.
struct alignas(64) TileLayout {
  std::uint8_t palette = 1, startRow = 0, reserved[14] = {};
  std::uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// The system lends a process the tile registers when it asks; it refuses where it cannot save them.
bool askForTiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
         __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

using Multiply = void (*)(const TileProduct&, std::int64_t, std::int64_t);

/// The loop for a type; null when there is none.
Multiply multiplierOf(TensorType type) {
  switch (type) {
    case TensorType::Q4_0: return multiplyAs<Q40>;
    case TensorType::Q4_1: return multiplyAs<Q41>;
    case TensorType::Q5_0: return multiplyAs<Q50>;
    case TensorType::Q5_1: return multiplyAs<Q51>;
    case TensorType::Q8_0: return multiplyAs<Q80>;
    case TensorType::BF16: return multiplyAs<Bfloat>;
    default: return nullptr;
  }
}

PB_TILES void multiplyConfigured(Multiply multiply, const TileProduct& product, std::int64_t begin, std::int64_t end) {
  const TileLayout layout;
  _tile_loadconfig(&layout);
  multiply(product, begin, end);
  _tile_release();
}

}  // namespace

bool canMultiplyTiles(TensorType type, std::int64_t columns) {
  static const bool hasTiles = askForTiles();
  return hasTiles && columns % SplitRows::kColumns == 0 && multiplierOf(type) != nullptr;
}

void multiplyTiles(const TileProduct& product, std::int64_t begin, std::int64_t end) {
  multiplyConfigured(multiplierOf(product.matrix->type), product, begin, end);
}

#else

bool canMultiplyTiles(TensorType, std::int64_t) { return false; }
void multiplyTiles(const TileProduct&, std::int64_t, std::int64_t) {}

#endif

}  // namespace patchbay
