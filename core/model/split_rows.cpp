#include "core/model/split_rows.h"

#include <algorithm>

#include "core/model/tile_target.h"

namespace patchbay {

void SplitRows::resize(std::int64_t rows, std::int64_t columns) {
  m_rows = rows;
  m_blocks = columns / kColumns;
  if (const std::int64_t needed = tiles() * m_blocks; needed > m_room) {
    m_terms = std::make_unique_for_overwrite<Tile[]>(static_cast<std::size_t>(needed * kTerms));
    m_sums = std::make_unique_for_overwrite<Sums[]>(static_cast<std::size_t>(needed));
    m_room = needed;
  }
}

#ifdef PB_HAS_TILES
namespace {

/// The nearest bfloat16 of sixteen values, each in the lower half of a word.
PB_TILES_INLINE __m512i roundedBits(__m512 values) {
  return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
}

/// Splits 32 values, reordered to pairs (j, j + 16), into three terms; returns their sum.
PB_TILES_INLINE float splitBlock(const float* x, std::uint16_t* terms) {
  __m512 low = _mm512_loadu_ps(x), high = _mm512_loadu_ps(x + 16);
  const float sum = _mm512_reduce_add_ps(_mm512_add_ps(low, high));
  for (int term = 0; term < SplitRows::kTerms; ++term) {
    const __m512i lowBits = roundedBits(low), highBits = _mm512_slli_epi32(roundedBits(high), 16);
    _mm512_store_si512(terms + term * 512, _mm512_or_si512(lowBits, highBits));
    low = _mm512_sub_ps(low, _mm512_castsi512_ps(_mm512_slli_epi32(lowBits, 16)));
    high = _mm512_sub_ps(high, _mm512_castsi512_ps(highBits));
  }
  return sum;
}

PB_TILES void splitTile(const float* x, std::int64_t rows, std::int64_t blocks, std::uint16_t* terms, float* sums) {
  // Block by block, so that what is written lies in one piece.
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (std::int64_t r = 0; r < SplitRows::kTileRows; ++r) {
      std::uint16_t* to = terms + b * SplitRows::kTerms * 512 + r * 32;
      if (r < rows) {
        sums[b * SplitRows::kTileRows + r] = splitBlock(x + (r * blocks + b) * 32, to);
      } else {
        for (int term = 0; term < SplitRows::kTerms; ++term)
          _mm512_store_si512(to + term * 512, _mm512_setzero_si512());
        sums[b * SplitRows::kTileRows + r] = 0;
      }
    }
  }
}

}  // namespace

void SplitRows::split(const float* x, std::int64_t begin, std::int64_t end) {
  for (std::int64_t tile = begin; tile < end; ++tile) {
    const std::int64_t row = tile * kTileRows;
    splitTile(x + row * m_blocks * kColumns, std::min(kTileRows, m_rows - row), m_blocks,
              m_terms[tile * m_blocks * kTerms].values, m_sums[tile * m_blocks].values);
  }
}

#else

void SplitRows::split(const float*, std::int64_t, std::int64_t) {}

#endif

}  // namespace patchbay
