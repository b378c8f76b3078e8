#include "core/analysis/activation_patch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "core/analysis/captured_run.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

struct Places {
  std::vector<std::int32_t> sourceIds, targetIds;
  int sourceToken = 0, sourceLayer = 0, targetToken = 0, targetLayer = 0;
  Site site = Site::ResidPost;
};

Outcome<Places> resolve(const LanguageModel& model, const PatchRequest& request) {
  Places places;
  const auto site = siteByName(request.site);
  if (!site || (*site != Site::ResidPost && *site != Site::AttnOut && *site != Site::MlpOut)) {
    return Error{.code = "PATCH-01",
                 .what = "this site cannot be patched",
                 .file = {},
                 .field = "site",
                 .found = "'" + request.site + "'",
                 .expected = "resid_post, attn_out or mlp_out",
                 .advice = "Choose one of these sites."};
  }
  places.site = *site;
  auto source = model.text.encode(request.source);
  if (!source) return source.failure<Places>();
  auto target = model.text.encode(request.target);
  if (!target) return target.failure<Places>();
  for (const auto* ids : {&*source, &*target})
    if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids->size()) + request.continueTokens); !fits)
      return fits.failure<Places>();
  const std::pair<Outcome<int>, int*> parts[] = {
      {resolveToken(request.sourceToken, source->size(), "source token"), &places.sourceToken},
      {resolveToken(request.targetToken, target->size(), "target token"), &places.targetToken},
      {resolveLayer(request.sourceLayer, model.card.layers, "source layer"), &places.sourceLayer},
      {resolveLayer(request.targetLayer, model.card.layers, "target layer"), &places.targetLayer}};
  for (const auto& [part, place] : parts) {
    if (!part) return part.failure<Places>();
    *place = *part;
  }
  places.sourceIds = std::move(source).value();
  places.targetIds = std::move(target).value();
  return places;
}

/// The source's value at the place, and its own next-token distribution there.
std::pair<at::Tensor, Distribution> readSource(LanguageModel& model, const Places& places, const JobContext& context) {
  HookPlan watch;
  at::Tensor state;
  watch.observe(places.site, places.sourceLayer,
                [&](const Observation& seen) { state = seen.value[0][places.sourceToken].clone(); });
  KvCache cache = model.transformer->newCache();
  const at::Tensor x = model.transformer->run({places.sourceIds}, cache, watch, context);
  const at::Tensor normed = model.transformer->finalNorm(x[0][places.sourceToken]);
  return {state, Distribution(model.transformer->unembed(normed))};
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

}  // namespace

Outcome<PatchResult> runPatch(LanguageModel& model, const PatchRequest& request, JobContext& context,
                              const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const Outcome<Places> places = resolve(model, request);
  if (!places) return places.failure<PatchResult>();
  const auto [state, sourceNext] = readSource(model, *places, context);

  Sampling greedy;
  greedy.maxNewTokens = request.continueTokens;
  const auto lane = [&](int number) {
    return [&stream, number](const Generation& soFar) {
      if (stream) stream({number, soFar});
    };
  };
  Outcome<Continuation> plain = generate(model, places->targetIds, greedy, {}, context, lane(0));
  if (!plain) return plain.failure<PatchResult>();
  HookPlan patch;
  patch.addEdit({.site = places->site,
                 .layer = places->targetLayer,
                 .firstToken = places->targetToken,
                 .lastToken = places->targetToken,
                 .head = {},
                 .apply = edits::replaceBy(state)});
  Outcome<Continuation> patched = generate(model, places->targetIds, greedy, patch, context, lane(1));
  if (!patched) return patched.failure<PatchResult>();

  PatchResult result;
  result.sourceTokens = model.text.facts(places->sourceIds);
  result.targetTokens = model.text.facts(places->targetIds);
  result.sourceToken = places->sourceToken;
  result.targetToken = places->targetToken;
  result.sourceNext = withTexts(model.text, sourceNext.top(request.topK));
  result.plain = withTexts(model.text, plain->first.top(request.topK));
  result.patched = withTexts(model.text, patched->first.top(request.topK));
  result.changes = compare(model.text, plain->first, patched->first, request.topK);
  result.klBits = plain->first.klBits(patched->first);
  result.plainContinuation = std::move(plain->generation);
  result.patchedContinuation = std::move(patched->generation);
  const int last = static_cast<int>(places->targetIds.size()) - 1;
  if (places->targetToken < last && places->targetLayer == model.card.layers - 1) {
    result.warnings.push_back("The edit cannot change the answer: token " + std::to_string(places->targetToken) +
                              " at layer " + std::to_string(places->targetLayer) +
                              ", the last one, is carried to token " + std::to_string(last) + " by no later layer.");
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
