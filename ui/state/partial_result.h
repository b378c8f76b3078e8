#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/data/any_request.h"
#include "core/data/generation.h"
#include "ui/state/stored_result.h"

namespace patchbay::ui {

/// What is known of a run before its result is there.
struct RunFacts {
  int layers = 0, heads = 0;  ///< of the model, 0 when it is gone
  std::function<std::vector<TokenFact>(const Prompt&)> tokensOf;
  int targetLayers = 0;  ///< of the model that is written into; the same model but for patches across two
  std::function<std::vector<TokenFact>(const Prompt&)> targetTokensOf;
};

/// What a run has streamed so far.
using Lanes = std::map<int, StreamedTokens>;

/// The part of a result that a run has streamed, as a result of its kind: what was not measured is missing, or NaN.
/// Nothing for kinds that do not stream and for runs that have said no word yet.
/// Thread   any; pure.
[[nodiscard]] std::optional<StoredResult> partialResult(const AnyRequest& request, const Lanes& lanes,
                                                        const RunFacts& facts);

}  // namespace patchbay::ui
