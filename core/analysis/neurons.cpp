#include "core/analysis/neurons.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
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

}  // namespace

Outcome<NeuronsResult> runNeurons(LanguageModel& model, const NeuronsRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<NeuronsResult>();
  if (const auto fits = checkContext(model, std::ssize(*ids)); !fits) return fits.failure<NeuronsResult>();
  const auto layer = resolveLayer(request.layer, model.card.layers, "layer");
  if (!layer) return layer.failure<NeuronsResult>();
  const auto token = resolveToken(request.token, ids->size(), "token");
  if (!token) return token.failure<NeuronsResult>();

  Transformer& transformer = *model.transformer;
  NeuronsResult result{
      .tokens = model.text.facts(*ids), .layer = *layer, .token = *token, .neurons = {}, .activations = {}};
  at::Tensor activations;  // [T, F]
  HookPlan watch;
  watch.observe(Site::MlpAct, *layer, [&](const Observation& seen) { activations = seen.value[0].to(at::kFloat); });
  watch.observe(Site::MlpOut, *layer,
                [&](const Observation& seen) { result.mlpNorm = seen.value[0][*token].norm().item<float>(); });
  KvCache cache = transformer.newCache();
  at::Tensor x = transformer.embed({*ids});
  for (int below = 0; below <= *layer; ++below) {
    context.checkpoint();
    x = transformer.block(below, x, 0, cache, watch, context);
    context.progress("Neurons", "layers", below + 1, *layer + 1);
  }

  const at::Tensor down =
      transformer.weights().blocks[static_cast<std::size_t>(*layer)].down.dense().to(at::kFloat);  // [D, F]
  const at::Tensor written = activations[*token].abs() * down.norm(2, {0});                        // [F]
  const int count = std::clamp(request.count, 1, std::min<int>(kMostNeurons, static_cast<int>(written.size(0))));
  const at::Tensor chosen = std::get<1>(at::topk(written, count));
  result.activations = toHost(activations.index_select(1, chosen).t(), {"neuron", "token"}, "activation");
  // What each writes, with the sign it has here, as if it went straight to the unembedding.
  const at::Tensor signs = activations[*token].index_select(0, chosen).sign().unsqueeze(1);
  const at::Tensor directions =
      down.index_select(1, chosen).t() * signs * transformer.weights().finalNorm.to(at::kFloat);
  const at::Tensor logits =
      transformer.unembed(directions.contiguous().to(transformer.options())).to(at::kCPU);  // [count, V]
  const int words = std::clamp(request.words, 1, kMostWords);
  for (int i = 0; i < count; ++i) {
    context.checkpoint();
    const auto neuron = chosen[i].item<std::int64_t>();
    result.neurons.push_back({.neuron = static_cast<int>(neuron),
                              .value = activations[*token][neuron].item<float>(),
                              .written = written[neuron].item<float>(),
                              .raised = extremes(model, logits[i], words, true),
                              .lowered = extremes(model, logits[i], words, false)});
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
