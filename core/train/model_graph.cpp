#include "core/train/model_graph.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

#include "core/train/graph_functions.h"

namespace patchbay {
namespace {

/// A tensor that a graph may keep: those made under InferenceMode may not be kept.
at::Tensor keepable(const at::Tensor& tensor, at::ScalarType type = at::kFloat) {
  if (!tensor.defined()) return tensor;
  const at::Tensor wide = tensor.to(type);
  return wide.is_inference() ? wide.clone() : wide;
}

/// x [N, H, K] by position, pairs (i, i + K/2).
at::Tensor turned(const at::Tensor& x, const RopeTable::Angles& angles) {
  const at::Tensor cosines = angles.cosines.unsqueeze(1), sines = angles.sines.unsqueeze(1);  // [N, 1, K/2]
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor first = x.narrow(-1, 0, half), second = x.narrow(-1, half, half);
  return at::cat({first * cosines - second * sines, second * cosines + first * sines}, -1);
}

/// The terms of an adapter for the linear maps that are stored side by side.
graph::LowRankTerms termsOf(const ModelConfig& config, const AdapterUse& use, int layer,
                            std::initializer_list<Projection> parts) {
  graph::LowRankTerms terms;
  if (!use.adapter) return terms;
  terms.scale = use.adapter->config.scale();
  for (const PlacedPair& placed : placedPairs(config, *use.adapter, layer, parts))
    terms.terms.push_back({.first = placed.first, .down = placed.pair->down, .up = placed.pair->up});
  return terms;
}

/// One product of a block with its adapter.
class Product {
public:
  Product(const ModelConfig& config, const AdapterUse& use, int layer) : m_config(config), m_use(use), m_layer(layer) {}

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                        std::initializer_list<Projection> parts) const {
    graph::LowRankTerms terms = termsOf(m_config, m_use, m_layer, parts);
    const double dropout = m_use.adapter ? m_use.adapter->config.dropout : 0;
    if (m_use.isTraining && dropout > 0 && !terms.terms.empty()) {
      const auto place =
          static_cast<std::uint64_t>(m_layer) * kProjections.size() + static_cast<std::uint64_t>(*parts.begin());
      at::Generator random = at::detail::createCPUGenerator(m_use.dropoutSeed * 0x9e3779b97f4a7c15ULL + place);
      // Drawn on the host: the same numbers whatever computes.
      terms.keep =
          at::empty(x.sizes(), x.scalar_type()).bernoulli_(1 - dropout, random).div_(1 - dropout).to(x.device());
    }
    return graph::adaptedProduct(x, weight, bias, terms);
  }

private:
  const ModelConfig& m_config;
  const AdapterUse& m_use;
  int m_layer;
};

}  // namespace

std::vector<at::Tensor> AttentionWeights::tensors() const {
  std::vector<at::Tensor> all;
  for (std::size_t layer = 0; layer < qkv.size(); ++layer) all.insert(all.end(), {qkv[layer], output[layer]});
  return all;
}

void ClimbedBlock::goBack(at::Tensor& slope) {
  if (output.requires_grad()) output.backward(slope);
  output.reset();
  if (input.requires_grad()) slope = input.grad();
  input.reset();
}

DenseBlock denseBlock(const Transformer& model, int layer, at::ScalarType type) {
  const BlockWeights& weights = model.weights().blocks[static_cast<std::size_t>(layer)];
  return {.attnNorm = keepable(weights.attnNorm),
          .mlpNorm = keepable(weights.mlpNorm),
          .qkv = keepable(weights.qkv.dense(), type),
          .output = keepable(weights.output.dense(), type),
          .gateUp = keepable(weights.gateUp.dense(), type),
          .down = keepable(weights.down.dense(), type),
          .qkvBias = keepable(weights.qkv.bias()),
          .outputBias = keepable(weights.output.bias()),
          .gateUpBias = keepable(weights.gateUp.bias()),
          .downBias = keepable(weights.down.bias())};
}

GraphPass ModelGraph::pass(const PackedRows& rows, const AdapterUse& use) const {
  RopeTable table(config(), m_model->options().dtype(at::kFloat));
  const RopeTable::Angles all = table.at(0, rows.longest(), rows.longest());
  const auto ofRows = [&](const at::Tensor& angles) { return keepable(angles).index_select(0, rows.positions()); };
  return {.rows = &rows, .turns = {ofRows(all.cosines), ofRows(all.sines)}, .use = use};
}

BlockGraph ModelGraph::block(int layer, const DenseBlock& weights, const at::Tensor& x, const GraphPass& pass) const {
  const std::int64_t heads = config().heads, keyHeads = config().keyValueHeads, width = config().headWidth;
  const double eps = config().normEps;
  const Product product(config(), pass.use, layer);
  const PackedRows& rows = *pass.rows;
  // Attention weights of its own are trained whole, and an adapter has no part in them.
  const AttentionWeights* own = pass.use.attention;
  const at::ScalarType type = weights.gateUp.scalar_type();
  const at::Tensor normed = graph::rmsNorm(x, weights.attnNorm, eps);
  const at::Tensor qkv =
      own ? graph::trainedProduct(normed, own->qkv[static_cast<std::size_t>(layer)], weights.qkvBias, type)
          : product(normed, weights.qkv, weights.qkvBias, {Projection::Query, Projection::Key, Projection::Value});
  const auto part = [&](std::int64_t from, std::int64_t count) {
    return qkv.narrow(-1, from * width, count * width).unflatten(-1, {count, width});  // [N, heads, K]
  };
  const auto byHead = [&](const at::Tensor& packed) {
    return rows.padded(packed).transpose(1, 2);
  };  // [B, heads, T, K]
  // The queries of a key head stand behind one another, so that keys and values are never repeated.
  const std::int64_t group = heads / keyHeads, length = rows.longest();
  const at::Tensor q =
      byHead(turned(part(0, heads), pass.turns)).reshape({-1, group * length, width});  // [B Hkv, g T, K]
  const at::Tensor k = byHead(turned(part(heads, keyHeads), pass.turns)).reshape({-1, length, width});  // [B Hkv, T, K]
  const at::Tensor v = byHead(part(heads + keyHeads, keyHeads)).reshape({-1, length, width});
  const at::Tensor scores = at::bmm(q, k.transpose(1, 2)).div_(std::sqrt(static_cast<double>(width)));
  const at::Tensor seen = scores.unflatten(1, {group, length}).masked_fill(rows.hidden(), -INFINITY);
  const at::Tensor pattern = at::softmax(seen, -1).flatten(1, 2);                                    // [B Hkv, g T, T]
  const at::Tensor mixed = at::bmm(pattern, v).reshape({-1, heads, length, width}).transpose(1, 2);  // [B, T, H, K]
  BlockGraph graph;
  graph.z = rows.packed(mixed).contiguous();  // [N, H, K]
  graph.attnOut = own ? graph::trainedProduct(graph.z.flatten(1), own->output[static_cast<std::size_t>(layer)],
                                              weights.outputBias, type)
                      : product(graph.z.flatten(1), weights.output, weights.outputBias, {Projection::Output});
  graph.middle = x + graph.attnOut;
  const at::Tensor gateUp = product(graph::rmsNorm(graph.middle, weights.mlpNorm, eps), weights.gateUp,
                                    weights.gateUpBias, {Projection::Gate, Projection::Up});
  graph.mlpOut = product(graph::siluTimesUp(gateUp), weights.down, weights.downBias, {Projection::Down});
  graph.out = graph.middle + graph.mlpOut;
  return graph;
}

at::Tensor ModelGraph::finalNorm(const at::Tensor& x) const {
  return graph::rmsNorm(x, keepable(m_model->weights().finalNorm), config().normEps);
}

at::Tensor ModelGraph::logits(const at::Tensor& residual) const {
  return at::mv(unembedding(), finalNorm(residual.unsqueeze(0)).squeeze(0));
}

at::Tensor ModelGraph::unembedding() const { return keepable(m_model->weights().unembedding.dense()); }

}  // namespace patchbay
