#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/data/prompt.h"

/// Places of a text that are found by its tokens alone.
namespace patchbay {

/// The token that stands for something else in a target: the last "x", else the last token.
[[nodiscard]] std::int64_t placeholderIn(const std::vector<TokenFact>& tokens);

/// Tokens of two tokenisations of one text that end at the same byte, the first of each left out: (source, target).
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> pairedTokens(const std::vector<TokenFact>& source,
                                                                              const std::vector<TokenFact>& target);

}  // namespace patchbay
