#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/text/tokenizer.h"

namespace patchbay {

/// First and last token, inclusive.
struct TokenRange {
  int first = 0, last = 0;
  [[nodiscard]] int count() const { return last - first + 1; }
  bool operator==(const TokenRange&) const = default;
};

/// The tokens that hold the bytes [begin, end) of `text`, which `ids` encode; a begin token that the tokenizer put in
/// front holds none.
[[nodiscard]] TokenRange tokensOfBytes(const Tokenizer& tokenizer, std::span<const std::int32_t> ids,
                                       const std::string& text, std::size_t begin, std::size_t end);

}  // namespace patchbay
