#pragma once

#include <algorithm>
#include <vector>

namespace patchbay {

/// Each value once, in the order of the first.   Cost  the square of the different ones: for short lists.
template <typename Value>
[[nodiscard]] std::vector<Value> eachOnce(const std::vector<Value>& values) {
  std::vector<Value> once;
  for (const Value& value : values)
    if (std::ranges::find(once, value) == once.end()) once.push_back(value);
  return once;
}

}  // namespace patchbay
