#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/data/site.h"
#include "core/text/tokenizer.h"

namespace patchbay {

/// The tokens that hold the bytes [begin, end) of `text`, which `ids` encode; a begin token that the tokenizer put in
/// front holds none.
[[nodiscard]] IndexRange tokensOfBytes(const Tokenizer& tokenizer, std::span<const std::int32_t> ids,
                                       const std::string& text, std::size_t begin, std::size_t end);

}  // namespace patchbay
