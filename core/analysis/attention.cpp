#include "core/analysis/attention.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
#include "core/analysis/greedy_growth.h"
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

namespace {

/// A picture of so many shares is put together at each new token, a larger one now and then.
constexpr std::int64_t kSharesEachTime = std::int64_t{1} << 20, kEvery = 8;

/// The patterns of some layers, row by row as the text grows.
class PatternRows {
public:
  /// Room for `most` tokens.
  PatternRows(LanguageModel& model, const std::vector<int>& layers, std::int64_t most)
      : m_model(model),
        m_layers(layers),
        m_shares(at::zeros({std::ssize(layers), model.card.heads, most, most}, at::kFloat)),
        m_norms(at::zeros({std::ssize(layers), model.card.heads, most}, at::kFloat)) {}

  void watch(HookPlan& plan) {
    for (std::int64_t i = 0; i < std::ssize(m_layers); ++i) {
      const int layer = m_layers[static_cast<std::size_t>(i)];
      plan.observe(Site::V, layer, [this, i, layer](const Observation& seen) {
        const at::Tensor written = writtenValues(*m_model.transformer, layer, seen.value[0]);  // [t, H, D]
        m_norms[i].narrow(1, seen.firstToken, written.size(0)).copy_(written.norm(2, {-1}).t());
      });
      plan.observe(Site::AttnPattern, layer, [this, i](const Observation& seen) {
        const at::Tensor rows = seen.value[0].transpose(0, 1);  // [H, t, keys]
        m_shares[i].narrow(1, seen.firstToken, rows.size(1)).narrow(2, 0, rows.size(2)).copy_(rows);
      });
    }
  }

  /// What is there of the first tokens.
  [[nodiscard]] AttentionResult of(const std::vector<std::int32_t>& ids, std::int64_t prompt) const {
    const std::int64_t tokens = std::ssize(ids);
    AttentionResult result{.tokens = m_model.text.facts(ids), .layers = m_layers, .pattern = {}, .valueNorms = {}};
    result.pattern = toHost(m_shares.narrow(2, 0, tokens).narrow(3, 0, tokens).contiguous(),
                            {"layer", "head", "query", "key"}, "share");
    result.valueNorms = toHost(m_norms.narrow(2, 0, tokens).contiguous(), {"layer", "head", "key"}, "residual units");
    result.grown = static_cast<int>(tokens - prompt);
    return result;
  }

private:
  LanguageModel& m_model;
  const std::vector<int>& m_layers;
  at::Tensor m_shares, m_norms;  // [N, H, T, T], [N, H, T]
};

}  // namespace

Outcome<AttentionResult> runAttention(LanguageModel& model, const AttentionRequest& request, JobContext& context,
                                      const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<AttentionResult>();
  if (const auto refused = refuseGrowth(request.continueTokens)) return *refused;
  const std::int64_t prompt = std::ssize(*ids), tokens = prompt + request.continueTokens;
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
  PatternRows rows(model, *layers, tokens);
  HookPlan watch;
  rows.watch(watch);
  KvCache cache = model.transformer->newCache();
  at::Tensor x = model.transformer->embed({*ids});
  // A text that goes on needs every block.
  const int highest = request.continueTokens > 0 ? model.card.layers - 1 : std::ranges::max(*layers);
  for (int layer = 0; layer <= highest; ++layer) {
    context.checkpoint();
    x = model.transformer->block(layer, x, 0, cache, watch, context);
    context.progress("Attention", "layers", layer + 1, highest + 1);
  }
  if (request.continueTokens > 0) {
    const auto show = [&] {
      const std::int64_t count = std::ssize(*ids), shares = std::ssize(*layers) * model.card.heads * count * count;
      if (stream && (shares <= kSharesEachTime || count % kEvery == 0))
        stream({.lane = 0, .soFar = {}, .part = std::make_shared<const AttentionResult>(rows.of(*ids, prompt))});
    };
    growGreedily(model, cache, x[0][prompt - 1], request.continueTokens, watch, context, [&](std::int32_t id) {
      show();  // what reads is told of when it has read
      ids->push_back(id);
    });
  }
  AttentionResult result = rows.of(*ids, prompt);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
