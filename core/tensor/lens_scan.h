#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/tensor/aten.h"

namespace patchbay {

/// What a lens keeps of the distribution of each row, without ever holding all logits.
///
/// Shapes   R rows: topIds, topLogits [R, k]; the rest [R]; trackedLogits, trackedRank [N, R].
/// Units    logits and logSumExp in nats, entropy and KL in bits; rank 1 is the best.
struct LensRows {
  std::vector<std::int32_t> topIds;
  std::vector<float> topLogits;
  std::vector<double> logSumExp;
  std::vector<float> entropyBits;
  std::vector<float> klBits;  ///< KL(final of the same token || row)
  std::vector<float> trackedLogits;
  std::vector<float> trackedRank;
};

struct LensScanRequest {
  at::Tensor states;        ///< [L * T, D] after the final norm, float32; row = layer * T + token
  std::int64_t tokens = 0;  ///< T; the last T rows are the model's own final states
  at::Tensor unembedding;   ///< [V, D] float32
  int topK = 10;
  std::vector<std::int32_t> tracked;
  std::function<void()> checkpoint;  ///< polled between tiles of the vocabulary; may throw
};

/// Multiplies states with the unembedding tile by tile and keeps top k, log-sum-exp, entropy, KL to the final row and
/// the ranks of tracked tokens.
/// Cost   2 R D V floating-point operations; extra memory one tile, R x 4096 values.
[[nodiscard]] LensRows scanLens(const LensScanRequest& request);

}  // namespace patchbay
