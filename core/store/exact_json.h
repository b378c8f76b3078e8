#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/data/json.h"

namespace patchbay {

/// The largest JSON text of a result; other texts are held to JsonLimits' default.
inline constexpr std::size_t kMaxBodyBytes = std::size_t{256} << 20;

/// JSON as text that gives back every number: NaN and infinities, which JSON does not know, become
/// {"$number": "nan" | "inf" | "-inf"}.
/// Errors   throws StoreFailure STORE-11 when it would be too large or too deep to be read again.
[[nodiscard]] std::string exactText(const Json& json, std::size_t maxBytes = JsonLimits{}.maxBytes);

/// The inverse; `field` of `file` is named when the text is damaged.
/// Errors   throws StoreFailure STORE-04.
[[nodiscard]] Json exactJson(std::string_view text, const std::string& file, const std::string& field,
                             std::size_t maxBytes = JsonLimits{}.maxBytes);

}  // namespace patchbay
