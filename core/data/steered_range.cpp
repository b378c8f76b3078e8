#include "core/data/steered_range.h"

namespace patchbay {

std::pair<std::int64_t, std::optional<std::int64_t>> steeredRange(SteerTokens tokens, std::int64_t promptTokens) {
  const std::int64_t first = promptTokens > 1 ? 1 : 0;
  switch (tokens) {
    case SteerTokens::All: return {first, std::nullopt};
    case SteerTokens::PromptOnly: return {first, promptTokens - 1};
    case SteerTokens::GeneratedOnly: return {promptTokens, std::nullopt};
    case SteerTokens::LastOnly: return {promptTokens - 1, std::nullopt};
  }
  return {first, std::nullopt};
}

}  // namespace patchbay
