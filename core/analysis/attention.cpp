#include "core/analysis/attention.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {

at::Tensor writtenValues(const Transformer& transformer, int layer, const at::Tensor& values) {
  const ModelConfig& config = transformer.config();
  return transformer.headOutputs(layer, values.repeat_interleave(config.heads / config.keyValueHeads, 1));
}

int attentionLayersThatFit(const ModelCard& card, std::int64_t tokens) {
  return static_cast<int>(std::min<std::int64_t>(card.layers, kMostAttentionValues / (card.heads * tokens * tokens)));
}

Outcome<AttentionResult> runAttention(LanguageModel& model, const AttentionRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<AttentionResult>();
  const std::int64_t tokens = std::ssize(*ids);
  if (const auto fits = checkContext(model, tokens); !fits) return fits.failure<AttentionResult>();
  const auto layers = resolveLayers(request.layers, model.card.layers, "layers");
  if (!layers) return layers.failure<AttentionResult>();
  if (const int most = attentionLayersThatFit(model.card, tokens); std::ssize(*layers) > most) {
    return Error{.code = "ATTN-01",
                 .what = "the attention patterns of so many layers are too many numbers",
                 .file = {},
                 .field = "layers",
                 .found = std::to_string(layers->size()) + " layers of " + std::to_string(tokens) + " tokens",
                 .expected = "at most " + std::to_string(most) + " layers for this prompt",
                 .advice = most > 0 ? "Ask for fewer layers." : "Shorten the prompt."};
  }
  AttentionResult result{.tokens = model.text.facts(*ids), .layers = *layers, .pattern = {}, .valueNorms = {}};
  std::vector<at::Tensor> patterns(layers->size()), norms(layers->size());
  HookPlan watch;
  for (std::size_t i = 0; i < layers->size(); ++i) {
    const int layer = (*layers)[i];
    watch.observe(Site::V, layer, [&norms, &model, i, layer](const Observation& seen) {
      norms[i] = writtenValues(*model.transformer, layer, seen.value[0]).norm(2, {-1}).t();  // [H, T]
    });
    watch.observe(Site::AttnPattern, layer, [&patterns, i](const Observation& seen) {
      patterns[i] = seen.value[0].transpose(0, 1);  // [H, T, T]
    });
  }
  KvCache cache = model.transformer->newCache();
  at::Tensor x = model.transformer->embed({*ids});
  const int highest = std::ranges::max(*layers);
  for (int layer = 0; layer <= highest; ++layer) {
    context.checkpoint();
    x = model.transformer->block(layer, x, 0, cache, watch, context);
    context.progress("Attention", "layers", layer + 1, highest + 1);
  }
  result.pattern = toHost(at::stack(patterns), {"layer", "head", "query", "key"}, "share");
  result.valueNorms = toHost(at::stack(norms), {"layer", "head", "key"}, "residual units");
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
