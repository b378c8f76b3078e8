#include "ui/state/partial_result.h"

#include <algorithm>
#include <limits>

namespace patchbay::ui {
namespace {

Generation laneOf(const StreamedSoFar& streamed, int lane) {
  const auto found = streamed.lanes.find(lane);
  return found == streamed.lanes.end() ? Generation{} : found->second;
}

int resolved(int token, const std::vector<TokenFact>& tokens) { return token < 0 ? std::max(0, token + static_cast<int>(tokens.size())) : token; }

std::shared_ptr<const GenerateResult> partOf(const GenerateRequest& request, const StreamedSoFar& streamed) {
  auto part = std::make_shared<GenerateResult>();
  part->promptTokens = streamed.tokensOf(request.prompt);
  part->generation = laneOf(streamed, 0);
  return part;
}

std::shared_ptr<const SteerResult> partOf(const SteerRequest& request, const StreamedSoFar& streamed) {
  constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
  auto part = std::make_shared<SteerResult>();
  part->promptTokens = streamed.tokensOf(request.prompt);
  part->plain = laneOf(streamed, 0);
  part->steered = laneOf(streamed, 1);
  part->plainPerplexity = part->steeredPerplexity = part->shareOfNorm = part->klFirstBits = kUnknown;
  return part;
}

std::shared_ptr<const PatchscopeResult> partOf(const PatchscopeRequest& request, const StreamedSoFar& streamed) {
  std::vector<int> sources = request.sourceLayers;
  for (int layer = 0; request.sourceLayers.empty() && layer < streamed.layers; ++layer) sources.push_back(layer);
  auto part = std::make_shared<PatchscopeResult>();
  for (const int source : sources) {
    // Without target layers each state is written where it was read.
    for (const int target : request.targetLayers.empty() ? std::vector<int>{source} : request.targetLayers) {
      PatchscopeCell cell{.sourceLayer = source, .targetLayer = target, .top = {}, .generation = laneOf(streamed, static_cast<int>(part->cells.size()))};
      if (!cell.generation.tokens.empty()) cell.top = cell.generation.tokens.front().alternatives;
      part->cells.push_back(std::move(cell));
    }
  }
  part->sourceTokens = streamed.tokensOf(request.source);
  part->targetTokens = streamed.tokensOf(request.target);
  part->sourceToken = resolved(request.sourceToken, part->sourceTokens);
  part->targetToken = resolved(request.targetToken, part->targetTokens);
  return part->cells.empty() ? nullptr : part;
}

template <typename Request>
std::shared_ptr<const typename Request::Result> partOf(const Request&, const StreamedSoFar&) {
  return nullptr;
}

}  // namespace

std::optional<StoredResult> partialResult(const AnyRequest& request, const StreamedSoFar& streamed) {
  const bool saidSomething = std::ranges::any_of(streamed.lanes, [](const auto& lane) { return !lane.second.tokens.empty(); });
  if (!saidSomething) return std::nullopt;
  return std::visit(
      [&](const auto& typed) -> std::optional<StoredResult> {
        const auto part = partOf(typed, streamed);
        return part ? std::optional<StoredResult>(StoredResult(part)) : std::nullopt;
      },
      request);
}

}  // namespace patchbay::ui
