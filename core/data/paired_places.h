#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace patchbay {

/// Tokens of two tokenisations of one text that end at the same place of it, the first token of each left out: numbers
/// of tokens on the one side and the other. The sides are given by the bytes of text behind each token.
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> pairedPlaces(std::span<const std::size_t> left,
                                                                              std::span<const std::size_t> right);

}  // namespace patchbay
