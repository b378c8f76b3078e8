#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/model_config.h"

namespace patchbay {

/// The stored tensors of one block by role; biases may be null.
struct BlockTensors {
  const TensorView *attnNorm, *q, *k, *v, *o, *mlpNorm, *gate, *up, *down;
  const TensorView *qBias, *kBias, *vBias, *oBias, *gateBias, *upBias, *downBias;
};

struct ModelTensors {
  const TensorView* embedding = nullptr;
  const TensorView* finalNorm = nullptr;
  const TensorView* unembedding = nullptr;  ///< the embedding when tied
  std::vector<BlockTensors> blocks;
};

/// Finds every tensor of a Llama model by the names of its format and checks the shapes.
/// Errors   LOAD-01 with all missing and misshapen tensors, and those without a place.
[[nodiscard]] Outcome<ModelTensors> matchTensors(const Checkpoint& checkpoint, const ModelConfig& config);

/// GGUF keeps the rotary pairs of q and k interleaved within a head; this is the file's row for each of ours.
[[nodiscard]] std::vector<std::int32_t> rotaryRowOrder(int heads, int headWidth);

}  // namespace patchbay
