#pragma once

#include "core/data/json.h"

namespace patchbay {

/// A share of items with its 95 % interval.
struct MeasuredShare {
  int hits = 0, items = 0;
  bool operator==(const MeasuredShare&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MeasuredShare, hits, items)

  /// 0 where there are no items.
  [[nodiscard]] double share() const { return items > 0 ? static_cast<double>(hits) / items : 0; }
  /// Ends of the interval.   Source  Wilson 1927.
  [[nodiscard]] double low() const;
  [[nodiscard]] double high() const;
  /// As if each item had been counted once, where `repeats` trainings answered the same ones: they make the share
  /// steadier, and the items no more.
  [[nodiscard]] MeasuredShare ofOne(int repeats) const;
  MeasuredShare& operator+=(const MeasuredShare& other) {
    hits += other.hits;
    items += other.items;
    return *this;
  }
  void count(bool isHit) {
    hits += isHit ? 1 : 0;
    ++items;
  }
};

}  // namespace patchbay
