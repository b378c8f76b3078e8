#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::text {

/// Finds a token id by its text. Built once; the strings stay with their owner.
///
/// Thread   any, after the last `add`.   Cost  one probe into a table at most half full.
class TokenTable {
public:
  /// A table of the strings of `tokens`, the lowest id of equal ones. Empty strings are left out.
  explicit TokenTable(std::span<const std::string> tokens);

  /// `tokens` is the span the table was made of.
  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token, std::span<const std::string> tokens) const;

private:
  [[nodiscard]] std::size_t slotOf(std::string_view token, std::span<const std::string> tokens) const;

  std::vector<std::int32_t> m_slots;
};

/// What becomes of two neighbouring tokens: the lower the rank the sooner they merge.
struct Merge {
  std::int32_t rank = 0;
  std::int32_t merged = -1;
};

/// Finds the merge of two tokens by their ids.
class MergeTable {
public:
  explicit MergeTable(std::size_t count);

  /// A later merge of the same pair replaces an earlier one.
  void add(std::int32_t left, std::int32_t right, Merge merge);
  [[nodiscard]] std::optional<Merge> find(std::int32_t left, std::int32_t right) const;

private:
  struct Slot {
    std::uint64_t pair = UINT64_MAX;
    Merge merge;
  };
  [[nodiscard]] std::size_t slotOf(std::uint64_t pair) const;

  std::vector<Slot> m_slots;
};

}  // namespace patchbay::text
