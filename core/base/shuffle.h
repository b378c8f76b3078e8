#pragma once

#include <cstddef>
#include <utility>

namespace patchbay {

/// Puts a list in random order, the same on every machine for the same draws, which std::shuffle does not promise.
/// Source   Fisher and Yates; Knuth, TAOCP 2, section 3.4.2, algorithm P.
template <typename List, typename Random>
void shuffle(List& list, Random& random) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[static_cast<std::size_t>(random() % i)]);
}

}  // namespace patchbay
