#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor/aten.h"

namespace patchbay {

/// Sequences of different lengths as rows one behind the other, so that products meet no padding; only attention sees
/// them side by side, padded at the end.
///
/// Shapes   N rows of all B sequences, T tokens of the longest.
class PackedRows {
public:
  /// What rows are told apart by lies on `device`, as they do.
  explicit PackedRows(std::vector<std::int64_t> lengths, at::Device device = at::kCPU);

  [[nodiscard]] std::int64_t rows() const { return m_rows; }
  [[nodiscard]] std::int64_t longest() const { return m_longest; }
  [[nodiscard]] std::int64_t sequences() const { return static_cast<std::int64_t>(m_lengths.size()); }
  /// Rows of a sequence.
  [[nodiscard]] std::int64_t length(std::size_t sequence) const { return m_lengths[sequence]; }
  /// First row of a sequence.
  [[nodiscard]] std::int64_t first(std::size_t sequence) const { return m_firsts[sequence]; }
  /// Position of each row in its sequence, [N].
  [[nodiscard]] const at::Tensor& positions() const { return m_positions; }
  /// True where a query must not look, [T, T].
  [[nodiscard]] const at::Tensor& hidden() const { return m_hidden; }

  /// [N, ...] -> [B, T, ...]; what pads is some row, which nothing real looks at.
  [[nodiscard]] at::Tensor padded(const at::Tensor& rows) const;
  /// [B, T, ...] -> [N, ...].
  [[nodiscard]] at::Tensor packed(const at::Tensor& padded) const;

private:
  std::vector<std::int64_t> m_lengths, m_firsts;
  std::int64_t m_rows = 0, m_longest = 0;
  bool m_isFull = true;  // all of one length
  at::Tensor m_toPadded, m_toPacked, m_positions, m_hidden;
};

}  // namespace patchbay
