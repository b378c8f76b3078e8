#include "core/model/transformer.h"

#include <cmath>

#include "core/tensor/attention_kernel.h"
#include "core/tensor/row_kernels.h"

namespace patchbay {

Transformer::Transformer(ModelConfig config, TransformerWeights weights, at::TensorOptions options)
    : m_config(std::move(config)), m_weights(std::move(weights)), m_options(options), m_rope(m_config, options) {}

at::Tensor Transformer::embed(const std::vector<std::vector<std::int32_t>>& ids) const {
  std::vector<at::Tensor> rows;
  rows.reserve(ids.size());
  for (const auto& row : ids) {
    for (const std::int32_t id : row) TORCH_CHECK_INDEX(id >= 0 && id < m_config.vocabulary, "token id ", id);
    rows.push_back(storedRows(m_weights.embedding, row));
  }
  return at::stack(rows).to(m_options);  // [B, T, D]
}

at::Tensor Transformer::run(const std::vector<std::vector<std::int32_t>>& ids, KvCache& cache, const HookPlan& hooks,
                            const JobContext& context) {
  const std::int64_t first = cache.length();
  at::Tensor x = hooks.at(Site::Embed, 0, embed(ids), first);
  for (int layer = 0; layer < m_config.layers; ++layer) {
    context.checkpoint();
    x = block(layer, x, first, cache, hooks, context);
  }
  return x;
}

at::Tensor Transformer::block(int layer, at::Tensor x, std::int64_t first, KvCache& cache, const HookPlan& hooks,
                              const JobContext& context) {
  x = hooks.at(Site::ResidPre, layer, std::move(x), first);
  const at::Tensor fromAttention = attention(layer, x, first, cache, hooks);
  context.checkpoint();
  x = hooks.at(Site::ResidMid, layer, x + hooks.at(Site::AttnOut, layer, fromAttention, first), first);
  const at::Tensor fromMlp = mlp(layer, x, first, hooks, context);
  return hooks.at(Site::ResidPost, layer, x + hooks.at(Site::MlpOut, layer, fromMlp, first), first);  // [B, T, D]
}

at::Tensor Transformer::attention(int layer, const at::Tensor& x, std::int64_t first, KvCache& cache,
                                  const HookPlan& hooks) {
  const BlockWeights& weights = m_weights.blocks[static_cast<std::size_t>(layer)];
  const std::int64_t batch = x.size(0), tokens = x.size(1);
  const std::int64_t heads = m_config.heads, keyHeads = m_config.keyValueHeads, width = m_config.headWidth;
  const auto angles = m_rope.at(first, tokens, first + tokens);
  const at::Tensor qkv = weights.qkv(rmsNorm(x, weights.attnNorm, m_config.normEps));  // [B, T, (H + 2 Hkv) K]
  const auto split = [&](std::int64_t from, std::int64_t count) {
    return qkv.narrow(-1, from * width, count * width).unflatten(-1, {count, width});  // [B, T, heads, K]
  };
  const at::Tensor q = hooks.at(Site::Q, layer, rotate(split(0, heads), angles.cosines, angles.sines), first);
  const at::Tensor k = hooks.at(Site::K, layer, rotate(split(heads, keyHeads), angles.cosines, angles.sines), first);
  const at::Tensor v = hooks.at(Site::V, layer, split(heads + keyHeads, keyHeads), first);
  const VisibleKeys visible = cache.append(layer, k.transpose(1, 2), v.transpose(1, 2));

  const double scale = 1 / std::sqrt(static_cast<double>(width));
  at::Tensor z;  // [B, T, H, K]
  if (hooks.wants(Site::AttnPattern, layer)) {
    const at::Tensor pattern = attentionPattern(q, visible, scale).transpose(1, 2);  // [B, T, H, P + N]
    z = mixValues(hooks.at(Site::AttnPattern, layer, pattern, first).transpose(1, 2), visible);
  } else {
    z = attend(q, visible, scale);
  }
  z = hooks.at(Site::Z, layer, z, first);
  if (hooks.wants(Site::HeadOut, layer)) return hooks.at(Site::HeadOut, layer, headOutputs(layer, z), first).sum(2);
  return weights.output(z.reshape({batch, tokens, heads * width}));  // [B, T, D]
}

at::Tensor Transformer::headOutputs(int layer, const at::Tensor& z) const {
  const at::Tensor weight = m_weights.blocks[static_cast<std::size_t>(layer)].output.dense();  // [D, H K]
  const at::Tensor perHead = weight.unflatten(1, {m_config.heads, m_config.headWidth});        // [D, H, K]
  return at::einsum("bthk,dhk->bthd", {z, perHead});
}

at::Tensor Transformer::mlp(int layer, const at::Tensor& x, std::int64_t first, const HookPlan& hooks,
                            const JobContext& context) const {
  const BlockWeights& weights = m_weights.blocks[static_cast<std::size_t>(layer)];
  const at::Tensor act = siluTimesUp(weights.gateUp(rmsNorm(x, weights.mlpNorm, m_config.normEps)));  // [B, T, F]
  context.checkpoint();
  return weights.down(hooks.at(Site::MlpAct, layer, act, first));  // [B, T, D]
}

at::Tensor Transformer::finalNorm(const at::Tensor& x) const {
  return rmsNorm(x.contiguous(), m_weights.finalNorm, m_config.normEps);
}

at::Tensor Transformer::readOut(const at::Tensor& x, std::int64_t first, const HookPlan& hooks) const {
  const at::Tensor normed = hooks.at(Site::FinalNorm, 0, finalNorm(x), first);
  return hooks.at(Site::Logits, 0, unembed(normed), first);  // [B, T, V]
}

}  // namespace patchbay
