#include "core/model/low_rank.h"

#include <algorithm>
#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

namespace patchbay {
namespace {

constexpr std::array<std::string_view, kProjections.size()> kNames{"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                                                   "gate_proj", "up_proj", "down_proj"};

}  // namespace

std::string_view projectionName(Projection projection) { return kNames[static_cast<std::size_t>(projection)]; }

ProjectionSize projectionSize(const ModelConfig& config, Projection projection) {
  const std::int64_t queries = std::int64_t{config.heads} * config.headWidth;
  const std::int64_t keys = std::int64_t{config.keyValueHeads} * config.headWidth;
  switch (projection) {
    case Projection::Query: return {config.width, queries};
    case Projection::Key:
    case Projection::Value: return {config.width, keys};
    case Projection::Output: return {queries, config.width};
    case Projection::Gate:
    case Projection::Up: return {config.width, config.mlpWidth};
    case Projection::Down: return {config.mlpWidth, config.width};
  }
  return {};
}

bool LowRankConfig::covers(int layer) const { return layers.empty() || std::ranges::count(layers, layer) > 0; }

std::vector<at::Tensor> Adapter::tensors() const {
  std::vector<at::Tensor> all;
  for (const auto& block : blocks)
    for (const LowRankPair& pair : block)
      if (!pair.isEmpty()) all.insert(all.end(), {pair.down, pair.up});
  return all;
}

Adapter adapterOn(Adapter adapter, at::Device device) {
  for (auto& block : adapter.blocks) {
    for (LowRankPair& pair : block) {
      if (pair.isEmpty()) continue;
      pair.down = pair.down.to(device);
      pair.up = pair.up.to(device);
    }
  }
  return adapter;
}

std::vector<PlacedPair> placedPairs(const ModelConfig& model, const Adapter& adapter, int layer,
                                    std::initializer_list<Projection> parts) {
  std::vector<PlacedPair> placed;
  std::int64_t first = 0;
  for (const Projection projection : parts) {
    const LowRankPair& pair = adapter.pair(layer, projection);
    if (!pair.isEmpty()) placed.push_back({.first = first, .pair = &pair});
    first += projectionSize(model, projection).outputs;
  }
  return placed;
}

Adapter freshAdapter(const ModelConfig& model, const LowRankConfig& config, std::uint64_t seed) {
  at::Generator random = at::detail::createCPUGenerator(seed);
  Adapter adapter{.config = config, .blocks = {}};
  adapter.blocks.resize(static_cast<std::size_t>(model.layers));
  for (int layer = 0; layer < model.layers; ++layer) {
    auto& block = adapter.blocks[static_cast<std::size_t>(layer)];
    for (const Projection projection : kProjections) {
      if (!config.covers(layer) || std::ranges::find(config.targets, projection) == config.targets.end()) continue;
      const ProjectionSize size = projectionSize(model, projection);
      const double bound = 1 / std::sqrt(static_cast<double>(size.inputs));
      block[static_cast<std::size_t>(projection)] = {
          .down = at::empty({config.rank, size.inputs}, at::kFloat).uniform_(-bound, bound, random),
          .up = at::zeros({size.outputs, config.rank}, at::kFloat)};
    }
  }
  return adapter;
}

TransformerWeights withAdapter(const TransformerWeights& plain, const ModelConfig& model, const Adapter& adapter) {
  TransformerWeights weights = plain;
  for (int layer = 0; layer < model.layers; ++layer) {
    BlockWeights& block = weights.blocks[static_cast<std::size_t>(layer)];
    const auto with = [&](Linear& linear, std::initializer_list<Projection> parts) {
      for (const PlacedPair& placed : placedPairs(model, adapter, layer, parts))
        linear.addLowRank(
            {.first = placed.first, .down = placed.pair->down, .up = placed.pair->up * adapter.config.scale()});
    };
    with(block.qkv, {Projection::Query, Projection::Key, Projection::Value});
    with(block.output, {Projection::Output});
    with(block.gateUp, {Projection::Gate, Projection::Up});
    with(block.down, {Projection::Down});
  }
  return weights;
}

}  // namespace patchbay
