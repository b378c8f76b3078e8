#include "core/model/generator.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace patchbay {
namespace {

constexpr int kAlternatives = 5;

}  // namespace

std::int32_t Sampler::pick(const Distribution& distribution) {
  if (m_sampling.temperature <= 0) return distribution.best();
  const int kept = m_sampling.topK > 0 ? m_sampling.topK : static_cast<int>(distribution.size());
  const std::vector<Ranked> ranked = distribution.top(kept);
  std::vector<double> weights;
  double total = 0;
  for (const Ranked& token : ranked) {
    weights.push_back(std::exp((static_cast<double>(token.logit) - ranked.front().logit) / m_sampling.temperature));
    total += weights.back();
  }
  // Nucleus: the fewest tokens whose mass reaches top-p.
  double mass = 0;
  std::size_t count = 0;
  while (count < weights.size() && (count == 0 || mass < m_sampling.topP * total)) mass += weights[count++];
  // 53 random bits over 2^53: the same number on every platform, which std::uniform_real_distribution does not promise.
  double draw = static_cast<double>(m_random() >> 11) * 0x1p-53 * mass;
  for (std::size_t i = 0; i < count; ++i) {
    draw -= weights[i];
    if (draw < 0) return ranked[i].id;
  }
  return ranked[count - 1].id;
}

void GenerationBuilder::add(std::int32_t id, const Distribution& from) {
  m_ids.push_back(id);
  m_generation.tokens.push_back({.token = m_text.tokenizer->fact(id),
                                 .p = from.probability(id),
                                 .entropyBits = from.entropyBits(),
                                 .alternatives = withTexts(m_text, from.top(kAlternatives))});
  // The token that ends an answer is a token of the run, but not a word of the answer.
  const std::size_t words = m_ids.size() - (m_text.tokenizer->isEnd(id) ? 1 : 0);
  m_generation.text = m_text.tokenizer->decode(std::span(m_ids).first(words));
}

std::vector<RankedToken> withTexts(const ModelText& text, const std::vector<Ranked>& ranked) {
  std::vector<RankedToken> tokens;
  tokens.reserve(ranked.size());
  for (const Ranked& place : ranked) tokens.push_back({text.tokenizer->fact(place.id), place.logit, place.p});
  return tokens;
}

Outcome<Done> checkContext(const LanguageModel& model, std::int64_t tokens) {
  const int limit = model.card.contextLength;
  if (tokens <= limit) return Done{};
  return Error{.code = "GEN-01",
               .what = "the prompt is longer than the model can read",
               .file = model.card.ref.name,
               .field = "prompt",
               .found = std::to_string(tokens) + " tokens",
               .expected = "at most " + std::to_string(limit),
               .advice = "Shorten the prompt."};
}

Outcome<Continuation> generate(LanguageModel& model, const std::vector<std::int32_t>& ids, const Sampling& sampling,
                               const HookPlan& hooks, JobContext& context, const GenerationSink& sink) {
  if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids.size())); !fits)
    return fits.failure<Continuation>();
  const at::InferenceMode inference;
  KvCache cache = model.transformer->newCache();
  const at::Tensor x = model.transformer->run({ids}, cache, hooks, context);  // [1, T, D]
  return continueFrom(model, cache, x.narrow(1, x.size(1) - 1, 1), sampling, hooks, context, sink);
}

Continuation continueFrom(LanguageModel& model, KvCache& cache, at::Tensor x, const Sampling& sampling,
                          const HookPlan& hooks, JobContext& context, const GenerationSink& sink) {
  Transformer& transformer = *model.transformer;
  Sampler sampler(sampling);
  GenerationBuilder builder(model.text);
  std::optional<Distribution> first;
  const std::int64_t room = model.card.contextLength - cache.length();
  const auto limit = static_cast<int>(std::min<std::int64_t>(sampling.maxNewTokens, std::max<std::int64_t>(room, 0)));
  for (int step = 0; step < std::max(limit, 1); ++step) {
    context.checkpoint();
    const Distribution distribution(transformer.readOut(x, cache.length() - 1, hooks));
    if (!first) first = distribution;
    if (limit == 0) break;
    const std::int32_t id = sampler.pick(distribution);
    builder.add(id, distribution);
    if (sink) sink(builder.generation());
    context.progress("Generating", "tokens", step + 1, limit);
    if (sampling.stopAtEndToken && model.text.tokenizer->isEnd(id)) {
      builder.generation().endedItself = true;
      break;
    }
    if (step + 1 < limit) x = transformer.run({{id}}, cache, hooks, context);
  }
  return {.generation = std::move(builder.generation()), .first = *first};
}

}  // namespace patchbay
