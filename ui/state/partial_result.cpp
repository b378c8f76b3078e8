#include "ui/state/partial_result.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace patchbay::ui {
namespace {

Generation laneOf(const StreamedSoFar& streamed, int lane) {
  const auto found = streamed.lanes.find(lane);
  return found == streamed.lanes.end() ? Generation{} : found->second.soFar;
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

std::shared_ptr<const PatchGridResult> partOf(const PatchGridRequest& request, const StreamedSoFar& streamed) {
  const std::shared_ptr<PatchGridResult> part = emptyGrid(request, streamed);
  if (!part) return nullptr;
  std::vector<float> values(part->values.values().begin(), part->values.values().end());
  for (const auto& [lane, cell] : streamed.lanes) {
    if (lane == kCleanLane) part->cleanValue = cell.value;
    if (lane == kCorruptLane) part->corruptValue = cell.value;
    if (lane >= 0 && lane < static_cast<int>(values.size())) values[static_cast<std::size_t>(lane)] = cell.value;
  }
  part->values = HostArray(part->values.shape(), {"layer", part->areHeads ? "head" : "token"}, {}, std::move(values));
  return part;
}

template <typename Request>
std::shared_ptr<const typename Request::Result> partOf(const Request&, const StreamedSoFar&) {
  return nullptr;
}

}  // namespace

std::shared_ptr<PatchGridResult> emptyGrid(const PatchGridRequest& request, const StreamedSoFar& known) {
  auto grid = std::make_shared<PatchGridResult>();
  grid->cleanTokens = known.tokensOf(request.clean);
  const bool isPair = request.mode == GridMode::Denoise || request.mode == GridMode::Noise;
  if (isPair) grid->corruptTokens = known.tokensOf(request.corrupt);
  for (const int layer : request.layers) grid->layers.push_back(layer < 0 ? std::max(0, layer + known.layers) : layer);
  for (int layer = 0; request.layers.empty() && layer < known.layers; ++layer) grid->layers.push_back(layer);
  grid->mode = request.mode;
  grid->metric = request.metric;
  grid->site = request.site;
  grid->areHeads = siteByName(request.site) == Site::HeadOut;
  const auto ids = [](const std::vector<TokenFact>& tokens) {
    std::vector<std::int32_t> list;
    for (const TokenFact& token : tokens) list.push_back(token.id);
    return list;
  };
  const auto& changed = ids(grid->changedTokens());
  grid->alignment = alignTokens(changed, !isPair ? changed : ids(request.mode == GridMode::Denoise ? grid->cleanTokens : grid->corruptTokens));
  const int columns = grid->areHeads ? known.heads : static_cast<int>(changed.size());
  for (int column = 0; column < columns; ++column) grid->columns.push_back(column);
  if (!grid->areHeads && !request.tokens.empty()) {
    grid->columns.clear();
    for (const int token : request.tokens) grid->columns.push_back(resolved(token, grid->changedTokens()));
  }
  grid->answer.text = request.answer;
  grid->wrong.text = request.wrong;
  if (grid->layers.empty() || grid->columns.empty()) return nullptr;
  const std::vector<std::int64_t> shape{std::ssize(grid->layers), std::ssize(grid->columns)};
  grid->values = HostArray(shape, {"layer", grid->areHeads ? "head" : "token"}, {},
                           std::vector<float>(grid->layers.size() * grid->columns.size(), std::numeric_limits<float>::quiet_NaN()));
  return grid;
}

std::optional<StoredResult> partialResult(const AnyRequest& request, const StreamedSoFar& streamed) {
  const bool saidSomething = std::ranges::any_of(streamed.lanes, [](const auto& lane) {
    return lane.first >= 0 && (!lane.second.soFar.tokens.empty() || !std::isnan(lane.second.value));
  });
  if (!saidSomething) return std::nullopt;
  return std::visit(
      [&](const auto& typed) -> std::optional<StoredResult> {
        const auto part = partOf(typed, streamed);
        return part ? std::optional<StoredResult>(StoredResult(part)) : std::nullopt;
      },
      request);
}

}  // namespace patchbay::ui
