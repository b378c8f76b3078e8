#include "core/model/transformer.h"

#include <algorithm>
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

namespace {

bool anyWants(std::span<const RowGroup> groups, Site site, int layer) {
  return std::ranges::any_of(groups, [&](const RowGroup& group) { return group.hooks->wants(site, layer); });
}

/// Flat rows [N, ...] past the hooks of their groups, which see them as [B, T, ...].
at::Tensor passing(Site site, int layer, at::Tensor rows, std::span<const RowGroup> groups) {
  if (!anyWants(groups, site, layer)) return rows;
  std::vector<at::Tensor> parts;
  std::int64_t begin = 0;
  for (const RowGroup& group : groups) {
    const at::Tensor part = rows.narrow(0, begin, group.rows());
    begin += group.rows();
    const at::Tensor seen = part.unflatten(0, {group.batch, group.tokens});
    parts.push_back(group.hooks->at(site, layer, seen, group.first).flatten(0, 1));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

/// The last row of every sequence of flat rows.
at::Tensor lastRows(const at::Tensor& rows, std::span<const RowGroup> groups) {
  std::vector<at::Tensor> parts;
  std::int64_t begin = 0;
  for (const RowGroup& group : groups) {
    parts.push_back(rows.narrow(0, begin, group.rows()).unflatten(0, {group.batch, group.tokens}).select(1, -1));
    begin += group.rows();
  }
  return at::cat(parts);
}

std::vector<RowGroup> lastGroups(std::span<const RowGroup> groups) {
  std::vector<RowGroup> last(groups.begin(), groups.end());
  for (RowGroup& group : last) {
    group.first += group.tokens - 1;
    group.tokens = 1;
  }
  return last;
}

}  // namespace

at::Tensor Transformer::block(int layer, const at::Tensor& x, std::int64_t first, KvCache& cache, const HookPlan& hooks,
                              const JobContext& context) {
  const RowGroup group{.batch = x.size(0), .tokens = x.size(1), .first = first, .cache = &cache, .hooks = &hooks};
  return block(layer, x.flatten(0, 1), {&group, 1}, BlockRows::All, context).unflatten(0, {x.size(0), x.size(1)});
}

at::Tensor Transformer::block(int layer, at::Tensor x, std::span<const RowGroup> groups, BlockRows wanted,
                              const JobContext& context) {
  x = passing(Site::ResidPre, layer, std::move(x), groups);
  const at::Tensor z = heads(layer, x, groups, wanted);
  context.checkpoint();
  if (wanted == BlockRows::All) return afterHeads(layer, x, z, groups, context);
  return afterHeads(layer, lastRows(x, groups), z, lastGroups(groups), context);
}

at::Tensor Transformer::afterHeads(int layer, const at::Tensor& residual, at::Tensor z,
                                   std::span<const RowGroup> groups, const JobContext& context) const {
  z = passing(Site::Z, layer, std::move(z), groups);
  const at::Tensor fromHeads = passing(Site::AttnOut, layer, attentionOutput(layer, z, groups), groups);
  const at::Tensor middle = passing(Site::ResidMid, layer, residual + fromHeads, groups);
  context.checkpoint();
  const at::Tensor fromMlp = passing(Site::MlpOut, layer, mlp(layer, middle, groups, context), groups);
  return passing(Site::ResidPost, layer, middle + fromMlp, groups);  // [N, D]
}

at::Tensor Transformer::heads(int layer, const at::Tensor& x, std::span<const RowGroup> groups, BlockRows wanted) {
  const BlockWeights& weights = m_weights.blocks[static_cast<std::size_t>(layer)];
  const at::Tensor qkv = weights.qkv(rmsNorm(x, weights.attnNorm, m_config.normEps));  // [N, (H + 2 Hkv) K]
  if (groups.size() == 1) return headsOf(groups.front(), layer, qkv, wanted);
  std::vector<at::Tensor> parts;
  std::int64_t begin = 0;
  for (const RowGroup& group : groups) {
    parts.push_back(headsOf(group, layer, qkv.narrow(0, begin, group.rows()), wanted));
    begin += group.rows();
  }
  return at::cat(parts);
}

at::Tensor Transformer::headsOf(const RowGroup& group, int layer, const at::Tensor& qkv, BlockRows wanted) {
  const std::int64_t queryHeads = m_config.heads, keyHeads = m_config.keyValueHeads, width = m_config.headWidth;
  const HookPlan& hooks = *group.hooks;
  const auto angles = m_rope.at(group.first, group.tokens, group.first + group.tokens);
  const auto split = [&](std::int64_t from, std::int64_t count) {
    const at::Tensor part = qkv.narrow(-1, from * width, count * width).unflatten(0, {group.batch, group.tokens});
    return part.unflatten(-1, {count, width});  // [B, T, heads, K]
  };
  const auto turned = [&](Site site, std::int64_t from, std::int64_t count) {
    return hooks.at(site, layer, rotate(split(from, count), angles.cosines, angles.sines), group.first);
  };
  at::Tensor q = turned(Site::Q, 0, queryHeads);
  const at::Tensor k = turned(Site::K, queryHeads, keyHeads);
  const at::Tensor v = hooks.at(Site::V, layer, split(queryHeads + keyHeads, keyHeads), group.first);
  const VisibleKeys visible = group.cache->append(layer, k.transpose(1, 2), v.transpose(1, 2));

  std::int64_t first = group.first;
  if (wanted == BlockRows::LastOfEach) {
    first += group.tokens - 1;
    q = q.narrow(1, group.tokens - 1, 1).contiguous();
  }
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  if (!hooks.wants(Site::AttnPattern, layer)) return attend(q, visible, scale).flatten(0, 1);
  const at::Tensor pattern = attentionPattern(q, visible, scale).transpose(1, 2);  // [B, T, H, P + N]
  return mixValues(hooks.at(Site::AttnPattern, layer, pattern, first).transpose(1, 2), visible).flatten(0, 1);
}

at::Tensor Transformer::attentionOutput(int layer, const at::Tensor& z, std::span<const RowGroup> groups) const {
  const BlockWeights& weights = m_weights.blocks[static_cast<std::size_t>(layer)];
  if (!anyWants(groups, Site::HeadOut, layer)) return weights.output(z.flatten(1));  // [N, D]
  const at::Tensor sum = passing(Site::HeadOut, layer, headOutputs(layer, z), groups).sum(1);
  return weights.output.bias().defined() ? sum + weights.output.bias() : sum;  // the bias belongs to no head
}

at::Tensor Transformer::headOutputs(int layer, const at::Tensor& z) const {
  const at::Tensor weight = m_weights.blocks[static_cast<std::size_t>(layer)].output.dense();  // [D, H K]
  const at::Tensor perHead = weight.unflatten(1, {m_config.heads, m_config.headWidth});        // [D, H, K]
  return at::einsum("nhk,dhk->nhd", {z, perHead});
}

at::Tensor Transformer::headOutput(int layer, std::int64_t head, const at::Tensor& z) const {
  const at::Tensor weight = m_weights.blocks[static_cast<std::size_t>(layer)].output.dense();  // [D, H K]
  return at::mm(z, weight.narrow(1, head * m_config.headWidth, m_config.headWidth).t());       // [N, D]
}

at::Tensor Transformer::mlp(int layer, const at::Tensor& x, std::span<const RowGroup> groups,
                            const JobContext& context) const {
  const BlockWeights& weights = m_weights.blocks[static_cast<std::size_t>(layer)];
  const at::Tensor act = siluTimesUp(weights.gateUp(rmsNorm(x, weights.mlpNorm, m_config.normEps)));  // [N, F]
  context.checkpoint();
  return weights.down(passing(Site::MlpAct, layer, act, groups));  // [N, D]
}

at::Tensor Transformer::finalNorm(const at::Tensor& x) const {
  return rmsNorm(x.contiguous(), m_weights.finalNorm, m_config.normEps);
}

at::Tensor Transformer::readOut(const at::Tensor& x, std::int64_t first, const HookPlan& hooks) const {
  const at::Tensor normed = hooks.at(Site::FinalNorm, 0, finalNorm(x), first);
  return hooks.at(Site::Logits, 0, unembed(normed), first);  // [B, T, V]
}

}  // namespace patchbay
