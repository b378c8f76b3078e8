#include "core/data/paired_places.h"

namespace patchbay {

std::vector<std::pair<std::int64_t, std::int64_t>> pairedPlaces(std::span<const std::size_t> left,
                                                                std::span<const std::size_t> right) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 1, j = 1; i < left.size() && j < right.size();) {
    if (left[i] == right[j]) {
      pairs.emplace_back(i++, j++);
    } else if (left[i] > right[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

}  // namespace patchbay
