#pragma once

#include <utility>
#include <vector>

#include "core/model/language_model.h"

namespace patchbay {

/// Tokens of two tokenisations of one text that end at the same byte, the first of each left out: (source, target).
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> pairedTokens(
    const LanguageModel& source, const std::vector<std::int32_t>& sourceIds, const LanguageModel& target,
    const std::vector<std::int32_t>& targetIds);

}  // namespace patchbay
