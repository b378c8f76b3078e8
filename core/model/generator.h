#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/generation.h"
#include "core/model/language_model.h"
#include "core/tensor/distribution.h"

namespace patchbay {

/// Picks the next token of a distribution: greedy, or by temperature, top-k and top-p with a seed.
class Sampler {
public:
  explicit Sampler(const Sampling& sampling) : m_sampling(sampling), m_random(sampling.seed) {}
  [[nodiscard]] std::int32_t pick(const Distribution& distribution);

private:
  Sampling m_sampling;
  std::mt19937_64 m_random;
};

/// Called after each new token with what there is so far.
using GenerationSink = std::function<void(const Generation&)>;

/// A continuation that grows token by token and keeps its text whole.
class GenerationBuilder {
public:
  explicit GenerationBuilder(const ModelText& text) : m_text(text) {}
  /// Takes the chosen token with the distribution it came from. Alternatives: the five likeliest.
  void add(std::int32_t id, const Distribution& from);
  [[nodiscard]] const Generation& generation() const { return m_generation; }
  [[nodiscard]] Generation& generation() { return m_generation; }

private:
  const ModelText& m_text;
  std::vector<std::int32_t> m_ids;
  Generation m_generation;
};

/// A finished continuation and what else the run saw.
struct Continuation {
  Generation generation;
  Distribution first;  ///< the distribution of the first new token
};

/// Continues `ids`. Edits and observers of `hooks` act in the prompt and in every step, by absolute position.
///
/// Errors   GEN-01 when the prompt is longer than the model's context.
/// Cancel   after each block and each token.   Cost  one pass over the prompt, then one row a token.
/// Source   methods section 1.1 for edits while decoding.
[[nodiscard]] Outcome<Continuation> generate(LanguageModel& model, const std::vector<std::int32_t>& ids,
                                             const Sampling& sampling, const HookPlan& hooks, JobContext& context,
                                             const GenerationSink& sink = {});

/// Continues from a cache whose prompt has run: `x` is the last residual row [1, 1, D] of the prompt.
[[nodiscard]] Continuation continueFrom(LanguageModel& model, KvCache& cache, at::Tensor x, const Sampling& sampling,
                                        const HookPlan& hooks, JobContext& context, const GenerationSink& sink = {});

/// Errors   GEN-01 when a sequence of `tokens` does not fit the model's context.
[[nodiscard]] Outcome<Done> checkContext(const LanguageModel& model, std::int64_t tokens);

/// Ranked tokens with their texts.
[[nodiscard]] std::vector<RankedToken> withTexts(const ModelText& text, const std::vector<Ranked>& ranked);

}  // namespace patchbay
