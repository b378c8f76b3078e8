#include "core/text/token_table.h"

#include <bit>
#include <functional>

namespace patchbay::text {

namespace {

std::size_t tableSize(std::size_t count) { return std::bit_ceil(count * 2 + 2); }

std::uint64_t pairOf(std::int32_t left, std::int32_t right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
}

}  // namespace

TokenTable::TokenTable(std::span<const std::string> tokens) : m_slots(tableSize(tokens.size()), -1) {
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].empty()) continue;
    std::int32_t& slot = m_slots[slotOf(tokens[id], tokens)];
    if (slot < 0) slot = static_cast<std::int32_t>(id);
  }
}

std::optional<std::int32_t> TokenTable::find(std::string_view token, std::span<const std::string> tokens) const {
  const std::int32_t id = m_slots[slotOf(token, tokens)];
  if (id < 0) return std::nullopt;
  return id;
}

std::size_t TokenTable::slotOf(std::string_view token, std::span<const std::string> tokens) const {
  const std::size_t mask = m_slots.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(token)&mask;
  while (m_slots[slot] >= 0 && tokens[static_cast<std::size_t>(m_slots[slot])] != token) slot = (slot + 1) & mask;
  return slot;
}

MergeTable::MergeTable(std::size_t count) : m_slots(tableSize(count)) {}

void MergeTable::add(std::int32_t left, std::int32_t right, Merge merge) {
  const std::uint64_t pair = pairOf(left, right);
  m_slots[slotOf(pair)] = {pair, merge};
}

std::optional<Merge> MergeTable::find(std::int32_t left, std::int32_t right) const {
  const std::uint64_t pair = pairOf(left, right);
  const Slot& slot = m_slots[slotOf(pair)];
  if (slot.pair != pair) return std::nullopt;
  return slot.merge;
}

std::size_t MergeTable::slotOf(std::uint64_t pair) const {
  const std::size_t mask = m_slots.size() - 1;
  // Multiplying by a large odd number spreads neighbouring ids over the table (Fibonacci hashing).
  std::size_t slot = static_cast<std::size_t>((pair * 0x9E3779B97F4A7C15u) >> 20) & mask;
  while (m_slots[slot].pair != UINT64_MAX && m_slots[slot].pair != pair) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace patchbay::text
