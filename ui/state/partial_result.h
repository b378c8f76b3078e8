#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/data/any_request.h"
#include "core/data/generation.h"
#include "ui/state/stored_result.h"

namespace patchbay::ui {

/// What a stopped run had streamed, by lane, and what is known of its prompts.
struct StreamedSoFar {
  std::map<int, StreamedTokens> lanes;
  int layers = 0, heads = 0;  ///< of the model, 0 when it is gone
  std::function<std::vector<TokenFact>(const Prompt&)> tokensOf;
};

/// A grid of the request's shape in which nothing is measured yet; null while the model's sizes are not known.
[[nodiscard]] std::shared_ptr<PatchGridResult> emptyGrid(const PatchGridRequest& request, const StreamedSoFar& known);

/// The part of a result that a stopped run had streamed, as a result of its kind: what was not measured is missing, or
/// NaN. Nothing for kinds that do not stream and for runs that had said no word yet.
/// Thread   any; pure.
[[nodiscard]] std::optional<StoredResult> partialResult(const AnyRequest& request, const StreamedSoFar& streamed);

}  // namespace patchbay::ui
