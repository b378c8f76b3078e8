#include "core/analysis/activation_patch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "core/analysis/captured_run.h"
#include "core/analysis/state_patch.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

struct Places {
  StatePlace source, target;
};

Outcome<Places> resolve(const LanguageModel& model, const PatchRequest& request) {
  const auto site = patchableSite(request.site);
  if (!site) return site.failure<Places>();
  auto source = model.text.encode(request.source);
  if (!source) return source.failure<Places>();
  auto target = model.text.encode(request.target);
  if (!target) return target.failure<Places>();
  for (const auto* ids : {&*source, &*target})
    if (const auto fits = checkContext(model, std::ssize(*ids) + request.continueTokens); !fits)
      return fits.failure<Places>();
  auto from = placeIn(model, std::move(*source), *site, request.sourceToken, request.sourceLayer, "source");
  if (!from) return from.failure<Places>();
  auto to = placeIn(model, std::move(*target), *site, request.targetToken, request.targetLayer, "target");
  if (!to) return to.failure<Places>();
  return Places{.source = std::move(*from), .target = std::move(*to)};
}

std::vector<TokenChange> compare(const ModelText& text, const Distribution& plain, const Distribution& patched,
                                 int topK) {
  std::map<std::int32_t, TokenChange> changes;
  for (const Distribution* side : {&plain, &patched}) {
    for (const Ranked& token : side->top(topK)) {
      changes.try_emplace(token.id, TokenChange{.token = text.tokenizer->fact(token.id),
                                                .plainP = plain.probability(token.id),
                                                .patchedP = patched.probability(token.id),
                                                .plainLogit = plain.logit(token.id),
                                                .patchedLogit = patched.logit(token.id)});
    }
  }
  std::vector<TokenChange> ordered;
  for (auto& [id, change] : changes) ordered.push_back(std::move(change));
  std::ranges::stable_sort(ordered, std::greater<>(),
                           [](const TokenChange& c) { return std::abs(c.patchedP - c.plainP); });
  return ordered;
}

/// What keeps the patch from changing the answer. The places of `frozen` are known to be in the prompt and model.
std::vector<std::string> warningsOf(const StatePlace& target, const std::vector<StatePatch>& frozen, int layers) {
  std::vector<std::string> warnings;
  const int last = static_cast<int>(target.ids.size()) - 1;
  if (target.token < last && target.layer == layers - 1) {
    warnings.push_back("The edit cannot change the answer: token " + std::to_string(target.token) + " at layer " +
                       std::to_string(target.layer) + ", the last one, is carried to token " + std::to_string(last) +
                       " by no later layer.");
  }
  for (const StatePatch& other : frozen) {
    const int token = *resolveToken(other.token, target.ids.size(), "target token");
    const int layer = *resolveLayer(other.layer, layers, "target layer");
    if (token != target.token || siteByName(other.site) != Site::ResidPost) continue;
    const bool isSamePlace = layer == target.layer;
    if (isSamePlace && target.site == Site::ResidPost) {
      warnings.push_back("The patch takes the place of the frozen state at the same place.");
    } else if (isSamePlace || (layer > target.layer && token == last)) {
      warnings.push_back("The edit cannot change the answer: the frozen state at token " + std::to_string(token) +
                         ", layer " + std::to_string(layer) + " overwrites what it would carry there.");
    }
  }
  return warnings;
}

}  // namespace

Outcome<PatchResult> runPatch(LanguageModel& model, const PatchRequest& request, JobContext& context,
                              const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const Outcome<Places> places = resolve(model, request);
  if (!places) return places.failure<PatchResult>();
  const auto& [source, target] = *places;
  const auto [state, hidden] = readState(model, source, context);
  const Distribution sourceNext(model.transformer->unembed(model.transformer->finalNorm(hidden)));
  // What is frozen stands in both runs. At the same site and place the patch, which is added later, takes its place.
  auto frozen = patchPlan(model, request.frozen, target.ids, context);
  if (!frozen) return frozen.failure<PatchResult>();

  Sampling greedy;
  greedy.maxNewTokens = request.continueTokens;
  const auto lane = [&](int number) {
    return [&stream, number](const Generation& soFar) {
      if (stream) stream({number, soFar});
    };
  };
  Outcome<Continuation> plain = generate(model, target.ids, greedy, *frozen, context, lane(0));
  if (!plain) return plain.failure<PatchResult>();
  HookPlan patch = *frozen;
  patch.addEdit(writeAt(target, state));
  Outcome<Continuation> patched = generate(model, target.ids, greedy, patch, context, lane(1));
  if (!patched) return patched.failure<PatchResult>();

  PatchResult result;
  result.sourceTokens = model.text.facts(source.ids);
  result.targetTokens = model.text.facts(target.ids);
  result.sourceToken = source.token;
  result.targetToken = target.token;
  result.sourceNext = withTexts(model.text, sourceNext.top(request.topK));
  result.plain = withTexts(model.text, plain->first.top(request.topK));
  result.patched = withTexts(model.text, patched->first.top(request.topK));
  result.changes = compare(model.text, plain->first, patched->first, request.topK);
  result.klBits = plain->first.klBits(patched->first);
  result.plainContinuation = std::move(plain->generation);
  result.patchedContinuation = std::move(patched->generation);
  result.warnings = warningsOf(target, request.frozen, model.card.layers);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
