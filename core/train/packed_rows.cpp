#include "core/train/packed_rows.h"

#include <algorithm>

namespace patchbay {

PackedRows::PackedRows(std::vector<std::int64_t> lengths, at::Device device) : m_lengths(std::move(lengths)) {
  for (const std::int64_t length : m_lengths) {
    m_firsts.push_back(m_rows);
    m_rows += length;
    m_isFull = m_isFull && length == m_lengths.front();
    m_longest = std::max(m_longest, length);
  }
  m_toPadded = at::zeros({sequences(), m_longest}, at::kLong);
  m_toPacked = at::empty({m_rows}, at::kLong);
  m_positions = at::empty({m_rows}, at::kLong);
  for (std::size_t i = 0; i < m_lengths.size(); ++i) {
    const std::int64_t first = m_firsts[i], length = m_lengths[i], sequence = static_cast<std::int64_t>(i);
    m_toPadded[sequence].narrow(0, 0, length).copy_(at::arange(first, first + length));
    m_toPacked.narrow(0, first, length).copy_(at::arange(sequence * m_longest, sequence * m_longest + length));
    m_positions.narrow(0, first, length).copy_(at::arange(length));
  }
  m_toPadded = m_toPadded.flatten().to(device);
  m_toPacked = m_toPacked.to(device);
  m_positions = m_positions.to(device);
  m_hidden = at::ones({m_longest, m_longest}, at::kBool).triu(1).to(device);
}

at::Tensor PackedRows::padded(const at::Tensor& rows) const {
  const at::Tensor all = m_isFull ? rows : rows.index_select(0, m_toPadded);
  return all.unflatten(0, {sequences(), m_longest});
}

at::Tensor PackedRows::packed(const at::Tensor& padded) const {
  const at::Tensor all = padded.flatten(0, 1);
  return m_isFull ? all : all.index_select(0, m_toPacked);
}

}  // namespace patchbay
