#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/tensor/aten.h"

namespace patchbay {

/// What a lens keeps of the distribution of each row, without ever holding all logits.
///
/// Shapes   R rows: topIds, topLogits [R, k]; trackedLogits, trackedRank [N, R]; followingRank [T]; the rest [R].
/// Units    logits and logSumExp in nats, entropy and KL in bits; rank 1 is the best.
struct LensRows {
  std::vector<std::int32_t> topIds;
  std::vector<float> topLogits;
  std::vector<double> logSumExp;
  std::vector<float> entropyBits;
  std::vector<float> klBits;  ///< KL(final of the same token || row)
  std::vector<float> trackedLogits;
  std::vector<float> trackedRank;
  std::vector<float> followingRank;  ///< empty unless asked for
};

struct LensScanRequest {
  std::int64_t rows = 0;        ///< R = L * T; row = layer * T + token
  std::int64_t tokens = 0;      ///< T; the last T rows are the model's own final states
  std::int64_t vocabulary = 0;  ///< V
  /// Writes the logits of the tokens [first, first + count) of every row into `logits` [R, count], float32.
  std::function<void(std::int64_t first, at::Tensor& logits)> multiply;
  int topK = 10;
  at::Tensor trackedLogits;    ///< [N, R] float32; undefined: none are tracked
  at::Tensor followingLogits;  ///< [T] float32, of the token that follows in the text, in the final rows; or undefined
  std::function<void()> checkpoint;  ///< polled between tiles of the vocabulary; may throw
};

/// Goes over the vocabulary tile by tile and keeps top k, log-sum-exp, entropy, KL to the final row and
/// the ranks of tracked tokens.
/// Cost   that of all logits; extra memory one tile, R x 1024 values.
[[nodiscard]] LensRows scanLens(const LensScanRequest& request);

}  // namespace patchbay
