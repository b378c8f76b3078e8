#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/data/steering_vector.h"

namespace patchbay {

/// First and last position that a vector touches in a prompt of so many tokens and what follows it; no last: to the
/// end. Position 0, an attention sink, is left alone unless it is the only token.
[[nodiscard]] std::pair<std::int64_t, std::optional<std::int64_t>> steeredRange(SteerTokens tokens,
                                                                                std::int64_t promptTokens);

}  // namespace patchbay
