#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "core/model/model_config.h"
#include "core/model/transformer.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// The linear maps of a block, in the order in which adapters keep their parts.
enum class Projection { Query, Key, Value, Output, Gate, Up, Down };
inline constexpr std::array kProjections{Projection::Query, Projection::Key, Projection::Value, Projection::Output,
                                         Projection::Gate,  Projection::Up,  Projection::Down};

/// Name in the files of transformers and PEFT: "q_proj".
[[nodiscard]] std::string_view projectionName(Projection projection);

/// Inputs and outputs of a linear map.
struct ProjectionSize {
  std::int64_t inputs = 0, outputs = 0;
};
[[nodiscard]] ProjectionSize projectionSize(const ModelConfig& config, Projection projection);

/// What an adapter adds to one linear map: y += scale * (x down^T) up^T.
struct LowRankPair {
  at::Tensor down;  ///< "A", [rank, in]
  at::Tensor up;    ///< "B", [out, rank]

  [[nodiscard]] bool isEmpty() const { return !down.defined(); }
};

struct LowRankConfig {
  int rank = 16;
  double alpha = 32;
  double dropout = 0;  ///< of the adapter's own input, while training
  std::vector<Projection> targets{kProjections.begin(), kProjections.end()};
  std::vector<int> layers = {};  ///< blocks that have a part of it; empty: all

  [[nodiscard]] double scale() const { return alpha / rank; }
  [[nodiscard]] bool covers(int layer) const;
  bool operator==(const LowRankConfig&) const = default;
};

/// A LoRA adapter of a model: a pair for each of its blocks and targets, float32.
///
/// Source   Hu et al. 2021, LoRA, section 4.1.
struct Adapter {
  LowRankConfig config;
  std::vector<std::array<LowRankPair, kProjections.size()>> blocks;

  [[nodiscard]] const LowRankPair& pair(int layer, Projection projection) const {
    return blocks[static_cast<std::size_t>(layer)][static_cast<std::size_t>(projection)];
  }
  /// All tensors in one fixed order: by block, by projection, down before up.
  [[nodiscard]] std::vector<at::Tensor> tensors() const;
};

/// The same adapter on a device: what lies there already is shared.
[[nodiscard]] Adapter adapterOn(Adapter adapter, at::Device device);

/// The pairs of linear maps that are stored side by side, each with its first output; maps without one are left out.
struct PlacedPair {
  std::int64_t first = 0;
  const LowRankPair* pair = nullptr;
};
[[nodiscard]] std::vector<PlacedPair> placedPairs(const ModelConfig& model, const Adapter& adapter, int layer,
                                                  std::initializer_list<Projection> parts);

/// A fresh adapter that changes nothing: `down` uniform in +-1/sqrt(in), `up` zero, as PEFT begins.
[[nodiscard]] Adapter freshAdapter(const ModelConfig& model, const LowRankConfig& config, std::uint64_t seed);

/// The weights of a model with an adapter beside them; they share everything with the plain ones.
[[nodiscard]] TransformerWeights withAdapter(const TransformerWeights& plain, const ModelConfig& model,
                                             const Adapter& adapter);

}  // namespace patchbay
