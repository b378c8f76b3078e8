#pragma once

#include <cstdint>
#include <memory>

namespace patchbay {

/// Rows of activations as three bfloat16 numbers whose sum is each float32 value exactly, laid out as the tile
/// registers read them: tiles of 16 rows by 32 columns.
///
/// Units   values below 2^-110 lose their last bits: the tile unit knows no subnormal numbers.
class SplitRows {
public:
  static constexpr std::int64_t kTileRows = 16;
  static constexpr std::int64_t kColumns = 32;  ///< of a block
  static constexpr int kTerms = 3;

  /// Makes room for `rows` rows; keeps the memory it has when that is enough.
  void resize(std::int64_t rows, std::int64_t columns);
  /// Splits x [rows, columns] for the tiles [begin, end).   Thread   ranges apart from each other may run at once.
  void split(const float* x, std::int64_t begin, std::int64_t end);

  [[nodiscard]] std::int64_t rows() const { return m_rows; }
  [[nodiscard]] std::int64_t blocks() const { return m_blocks; }
  [[nodiscard]] std::int64_t tiles() const { return (m_rows + kTileRows - 1) / kTileRows; }
  /// The three tiles of a block, 512 values each.
  [[nodiscard]] const std::uint16_t* terms(std::int64_t tile, std::int64_t block) const {
    return m_terms[(tile * m_blocks + block) * kTerms].values;
  }
  /// Of each of the 16 rows the sum of its 32 values.
  [[nodiscard]] const float* sums(std::int64_t tile, std::int64_t block) const {
    return m_sums[tile * m_blocks + block].values;
  }

private:
  struct alignas(64) Tile {
    std::uint16_t values[kTileRows * kColumns];
  };
  struct alignas(64) Sums {
    float values[kTileRows];
  };

  std::int64_t m_rows = 0, m_blocks = 0, m_room = 0;
  std::unique_ptr<Tile[]> m_terms;
  std::unique_ptr<Sums[]> m_sums;
};

}  // namespace patchbay
