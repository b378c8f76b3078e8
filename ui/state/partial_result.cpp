#include "ui/state/partial_result.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/state/patchscope_cells.h"

namespace patchbay::ui {
namespace {

Generation laneOf(const Lanes& lanes, int lane) {
  const auto found = lanes.find(lane);
  return found == lanes.end() ? Generation{} : found->second.soFar;
}

int resolved(int token, const std::vector<TokenFact>& tokens) {
  return token < 0 ? std::max(0, token + static_cast<int>(tokens.size())) : token;
}

std::shared_ptr<const GenerateResult> partOf(const GenerateRequest& request, const Lanes& lanes,
                                             const RunFacts& facts) {
  auto part = std::make_shared<GenerateResult>();
  part->promptTokens = facts.tokensOf(request.prompt);
  part->generation = laneOf(lanes, 0);
  return part;
}

std::shared_ptr<const SteerResult> partOf(const SteerRequest& request, const Lanes& lanes, const RunFacts& facts) {
  constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
  auto part = std::make_shared<SteerResult>();
  part->promptTokens = facts.tokensOf(request.prompt);
  part->plain = laneOf(lanes, 0);
  part->steered = laneOf(lanes, 1);
  part->plainPerplexity = part->steeredPerplexity = part->shareOfNorm = part->klFirstBits = kUnknown;
  return part;
}

std::shared_ptr<const PatchscopeResult> partOf(const PatchscopeRequest& request, const Lanes& lanes,
                                               const RunFacts& facts) {
  auto part = std::make_shared<PatchscopeResult>();
  part->sourceTokens = facts.tokensOf(request.source);
  part->cells = emptyCells(request, static_cast<int>(part->sourceTokens.size()), facts.layers, facts.targetLayers);
  int lane = 0;
  for (PatchscopeCell& cell : part->cells) {
    cell.generation = laneOf(lanes, lane++);
    if (!cell.generation.tokens.empty()) cell.top = cell.generation.tokens.front().alternatives;
  }
  part->targetTokens = facts.targetTokensOf(request.target);
  part->sourceToken = resolved(request.sourceToken, part->sourceTokens);
  part->targetToken = resolved(request.targetToken, part->targetTokens);
  return part->cells.empty() ? nullptr : part;
}

std::shared_ptr<const AskResult> partOf(const AskRequest& request, const Lanes& lanes, const RunFacts& facts) {
  auto part = std::make_shared<AskResult>();
  part->tokens = facts.tokensOf(request.prompt);
  for (AskedSpan span : request.spans) {
    span.firstToken = resolved(span.firstToken, part->tokens);
    span.lastToken = resolved(span.lastToken, part->tokens);
    if (span.layer < 0) span.layer = std::max(0, span.layer + facts.layers);
    part->spans.push_back(span);
  }
  part->answer.generation = laneOf(lanes, 0);
  for (const auto& [lane, tokens] : lanes) {
    if (lane >= kFirstAskLayerLane) {
      part->layers.push_back({lane - kFirstAskLayerLane, {.generation = tokens.soFar, .choices = {}}});
      if (!part->spans.empty() && lane - kFirstAskLayerLane == part->spans.front().layer)
        part->answer.generation = tokens.soFar;
    } else if (lane > 0) {
      part->controls.push_back({.control = kAskControls[static_cast<std::size_t>(lane - 1)],
                                .answer = {.generation = tokens.soFar, .choices = {}},
                                .overlap = wordOverlap(part->answer.generation.text, tokens.soFar.text),
                                .about = {}});
    }
  }
  const auto fits = [&](const AskedSpan& span) { return span.lastToken < std::ssize(part->tokens); };
  return part->spans.empty() || !std::ranges::all_of(part->spans, fits) ? nullptr : part;
}

/// Null while the model's sizes are not known.
std::shared_ptr<const PatchGridResult> partOf(const PatchGridRequest& request, const Lanes& lanes,
                                              const RunFacts& facts) {
  auto part = std::make_shared<PatchGridResult>();
  part->mode = request.mode;
  part->metric = request.metric;
  part->site = request.site;
  part->isApproximate = request.isApproximate;
  part->receiver = request.receiver;
  part->areHeads = siteByName(request.site) == Site::HeadOut;
  part->answer.text = request.answer;
  part->wrong.text = request.wrong;
  part->cleanTokens = facts.tokensOf(request.clean);
  if (usesTwoPrompts(request.mode)) part->corruptTokens = facts.tokensOf(request.corrupt);
  part->alignment = alignTokens(idsOf(part->changedTokens()), idsOf(part->otherTokens()));
  for (const int layer : request.layers) part->layers.push_back(layer < 0 ? std::max(0, layer + facts.layers) : layer);
  for (int layer = 0; request.layers.empty() && layer < facts.layers; ++layer) part->layers.push_back(layer);
  if (part->areHeads || request.tokens.empty()) {
    const int columns = part->areHeads ? facts.heads : static_cast<int>(part->changedTokens().size());
    for (int column = 0; column < columns; ++column) part->columns.push_back(column);
  } else {
    for (const int token : request.tokens) part->columns.push_back(resolved(token, part->changedTokens()));
  }
  if (part->layers.empty() || part->columns.empty()) return nullptr;
  std::vector<float> values(part->layers.size() * part->columns.size(), std::numeric_limits<float>::quiet_NaN());
  for (const auto& [lane, cell] : lanes) {
    if (lane == kCleanLane) part->cleanValue = cell.value;
    if (lane == kCorruptLane) part->corruptValue = cell.value;
    if (lane >= 0 && lane < static_cast<int>(values.size())) values[static_cast<std::size_t>(lane)] = cell.value;
  }
  part->values = HostArray({std::ssize(part->layers), std::ssize(part->columns)},
                           {"layer", part->areHeads ? "head" : "token"}, {}, std::move(values));
  return part;
}

std::shared_ptr<const TrainDecoderResult> partOf(const TrainDecoderRequest& request, const Lanes& lanes,
                                                 const RunFacts&) {
  const auto curves = lanes.empty() ? nullptr : lanes.begin()->second.as<TrainingCurves>();
  if (!curves) return nullptr;
  auto part = std::make_shared<TrainDecoderResult>();
  part->card.name = request.name;
  part->card.recipe = request.recipe;
  part->folder = request.folder;
  part->curves = *curves;
  return part;
}

/// The engine puts the parts of results that grow as a whole together itself.
template <typename Request>
std::shared_ptr<const typename Request::Result> partOf(const Request&, const Lanes& lanes, const RunFacts&) {
  return lanes.empty() ? nullptr : lanes.begin()->second.as<typename Request::Result>();
}

}  // namespace

std::optional<StoredResult> partialResult(const AnyRequest& request, const Lanes& lanes, const RunFacts& facts) {
  const bool saidSomething = std::ranges::any_of(lanes, [](const auto& lane) {
    return lane.first >= 0 && (!lane.second.soFar.tokens.empty() || !std::isnan(lane.second.value) ||
                               !std::holds_alternative<std::monostate>(lane.second.part));
  });
  if (!saidSomething) return std::nullopt;
  return std::visit(
      [&](const auto& typed) -> std::optional<StoredResult> {
        const auto part = partOf(typed, lanes, facts);
        return part ? std::optional<StoredResult>(StoredResult(part)) : std::nullopt;
      },
      request);
}

}  // namespace patchbay::ui
