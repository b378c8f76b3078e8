#include "core/analysis/neurons.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
#include "core/analysis/greedy_growth.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr int kMostNeurons = 200, kMostWords = 50;

/// The tokens with the largest logits [V], or with the smallest.
std::vector<RankedToken> extremes(const LanguageModel& model, const at::Tensor& logits, int count, bool areLargest) {
  const auto [values, ids] = at::topk(logits, count, 0, areLargest);
  std::vector<Ranked> ranked;
  for (std::int64_t i = 0; i < values.size(0); ++i)
    ranked.push_back({ids[i].item<std::int32_t>(), values[i].item<float>(), 0});
  return withTexts(model.text, ranked);
}

/// The neurons of one MLP, from the prompt's ids to the result.
class NeuronsRun {
public:
  NeuronsRun(LanguageModel& model, const NeuronsRequest& request, std::vector<std::int32_t> ids, int layer, int token,
             JobContext& context, const std::function<void(const StreamedTokens&)>& stream)
      : m_model(model),
        m_request(request),
        m_ids(std::move(ids)),
        m_prompt(std::ssize(m_ids)),
        m_context(context),
        m_stream(stream) {
    m_result.layer = layer;
    m_result.token = token;
  }

  Outcome<NeuronsResult> run() {
    HookPlan watch;
    watch.observe(Site::MlpAct, m_result.layer,
                  [this](const Observation& seen) { m_activations.push_back(seen.value[0].to(at::kFloat)); });
    watch.observe(Site::MlpOut, m_result.layer,
                  [this](const Observation& seen) { m_written.push_back(seen.value[0].norm(2, {-1})); });
    KvCache cache = m_model.transformer->newCache();
    at::Tensor x = m_model.transformer->embed({m_ids});
    const bool goesOn = m_request.continueTokens > 0;
    const int highest = goesOn ? m_model.card.layers - 1 : m_result.layer;
    for (int below = 0; below <= highest; ++below) {
      m_context.checkpoint();
      x = m_model.transformer->block(below, x, 0, cache, watch, m_context);
      m_context.progress("Neurons", "layers", below + 1, highest + 1);
    }
    const bool isOfPrompt = m_result.token < m_prompt;
    if (isOfPrompt) choose();
    if (goesOn) {
      growGreedily(m_model, cache, x[0][m_prompt - 1], m_request.continueTokens, watch, m_context,
                   [&](std::int32_t id) {
                     if (isOfPrompt && m_stream && isShownWhileItGrows(std::ssize(m_ids)))
                       m_stream({.lane = 0, .soFar = {}, .part = std::make_shared<const NeuronsResult>(soFar())});
                     m_ids.push_back(id);
                   });
    }
    // A text that ended before the token that was asked for.
    if (const auto inside = resolveToken(m_result.token, m_ids.size(), "token"); !inside)
      return inside.failure<NeuronsResult>();
    if (!isOfPrompt) choose();
    return soFar();
  }

private:
  /// The neurons that write most at the token, and the words they push for.
  void choose() {
    const Transformer& transformer = *m_model.transformer;
    const at::Tensor here = at::cat(m_activations)[m_result.token];  // [F]
    m_result.mlpNorm = at::cat(m_written)[m_result.token].item<float>();
    const at::Tensor down =
        transformer.weights().blocks[static_cast<std::size_t>(m_result.layer)].down.dense().to(at::kFloat);  // [D, F]
    const at::Tensor written = here.abs() * down.norm(2, {0});                                               // [F]
    const int count = std::clamp(m_request.count, 1, std::min<int>(kMostNeurons, static_cast<int>(written.size(0))));
    m_chosen = std::get<1>(at::topk(written, count));
    // What each writes, with the sign it has here, as if it went straight to the unembedding.
    const at::Tensor signs = here.index_select(0, m_chosen).sign().unsqueeze(1);
    const at::Tensor directions =
        down.index_select(1, m_chosen).t() * signs * transformer.weights().finalNorm.to(at::kFloat);
    const at::Tensor logits =
        transformer.unembed(directions.contiguous().to(transformer.options())).to(at::kCPU);  // [count, V]
    const int words = std::clamp(m_request.words, 1, kMostWords);
    for (int i = 0; i < count; ++i) {
      m_context.checkpoint();
      const auto neuron = m_chosen[i].item<std::int64_t>();
      m_result.neurons.push_back({.neuron = static_cast<int>(neuron),
                                  .value = here[neuron].item<float>(),
                                  .written = written[neuron].item<float>(),
                                  .raised = extremes(m_model, logits[i], words, true),
                                  .lowered = extremes(m_model, logits[i], words, false)});
    }
  }

  [[nodiscard]] NeuronsResult soFar() const {
    NeuronsResult result = m_result;
    result.tokens = m_model.text.facts(m_ids);
    result.grown = static_cast<int>(std::ssize(m_ids) - m_prompt);
    result.activations =
        toHost(at::cat(m_activations).index_select(1, m_chosen).t(), {"neuron", "token"}, "activation");
    return result;
  }

  LanguageModel& m_model;
  const NeuronsRequest& m_request;
  std::vector<std::int32_t> m_ids;
  std::int64_t m_prompt;
  JobContext& m_context;
  const std::function<void(const StreamedTokens&)>& m_stream;
  std::vector<at::Tensor> m_activations, m_written;  // [t, F], [t]: of the prompt, then of each new token
  at::Tensor m_chosen;
  NeuronsResult m_result;
};

}  // namespace

Outcome<NeuronsResult> runNeurons(LanguageModel& model, const NeuronsRequest& request, JobContext& context,
                                  const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<NeuronsResult>();
  if (const auto refused = refuseGrowth(request.continueTokens)) return *refused;
  const auto grown = static_cast<std::size_t>(request.continueTokens);
  if (const auto fits = checkContext(model, std::ssize(*ids) + request.continueTokens); !fits)
    return fits.failure<NeuronsResult>();
  const auto layer = resolveLayer(request.layer, model.card.layers, "layer");
  if (!layer) return layer.failure<NeuronsResult>();
  // Counted from the end, it is one of the prompt.
  const auto token = resolveToken(request.token, ids->size() + (request.token < 0 ? 0 : grown), "token");
  if (!token) return token.failure<NeuronsResult>();
  auto result = NeuronsRun(model, request, std::move(*ids), *layer, *token, context, stream).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
