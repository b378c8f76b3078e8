#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/jobs/job_context.h"
#include "core/model/hook_plan.h"
#include "core/model/kv_cache.h"
#include "core/model/linear.h"
#include "core/model/model_config.h"
#include "core/model/rope.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// The weights of one block.
struct BlockWeights {
  at::Tensor attnNorm;  // [D]
  Linear qkv;           // D -> H K + 2 Hkv K
  Linear output;        // H K -> D
  at::Tensor mlpNorm;   // [D]
  Linear gateUp;        // D -> 2 F, gate first
  Linear down;          // F -> D
};

/// All weights of a model of the Llama family.
struct TransformerWeights {
  LinearPart embedding;  // [V, D], read from the file row by row
  Linear unembedding;    // D -> V
  std::vector<BlockWeights> blocks;
  at::Tensor finalNorm;  // [D]
};

/// Neighbouring rows of a flat input [N, D] that see the same past: `batch` sequences of `tokens` rows each, which
/// stand at positions first .. first + tokens - 1 behind what the cache holds.
struct RowGroup {
  std::int64_t batch = 1;
  std::int64_t tokens = 1;
  std::int64_t first = 0;
  KvCache* cache = nullptr;
  const HookPlan* hooks = nullptr;

  [[nodiscard]] std::int64_t rows() const { return batch * tokens; }
};

/// Which rows of a block's output are wanted: of the last block often only the last token of each sequence.
enum class BlockRows { All, LastOfEach };

/// The decoder-only transformer, in reading order: embed, blocks, final norm, logits.
///
/// After a run, also a failed one, the model is as it was: hooks and cache belong to the run.
/// Thread   one computation at a time.   Source  Touvron et al. 2023, Llama 2, section 2.
class Transformer {
public:
  Transformer(ModelConfig config, TransformerWeights weights, at::TensorOptions options);

  [[nodiscard]] const ModelConfig& config() const { return m_config; }
  [[nodiscard]] const TransformerWeights& weights() const { return m_weights; }
  [[nodiscard]] at::TensorOptions options() const { return m_options; }

  /// ids [B][T] -> token embeddings [B, T, D].
  [[nodiscard]] at::Tensor embed(const std::vector<std::vector<std::int32_t>>& ids) const;

  /// One block. x [B, T, D] stands at positions first .. first + T - 1; the block's keys and values join the cache.
  /// Cancel   between its products: a block of a long prompt takes a while.
  [[nodiscard]] at::Tensor block(int layer, const at::Tensor& x, std::int64_t first, KvCache& cache,
                                 const HookPlan& hooks, const JobContext& context);

  /// The same for groups of rows of different lengths, which share every product. x [N, D], N the rows of all groups.
  /// With `LastOfEach` the result has one row a sequence.
  [[nodiscard]] at::Tensor block(int layer, at::Tensor x, std::span<const RowGroup> groups, BlockRows wanted,
                                 const JobContext& context);

  /// The first part of a block: what each query head reads, z [N, H, K] (one row a sequence with LastOfEach), before
  /// any edit of z. Keys and values join the caches.
  [[nodiscard]] at::Tensor heads(int layer, const at::Tensor& x, std::span<const RowGroup> groups, BlockRows wanted);
  /// The second part of a block, from what the heads read on. residual [N, D] is the block's input, z [N, H, K].
  [[nodiscard]] at::Tensor afterHeads(int layer, const at::Tensor& residual, at::Tensor z,
                                      std::span<const RowGroup> groups, const JobContext& context) const;

  /// Residual stream [..., D] -> final norm [..., D]; recomputed on the state it gets, as lenses need it.
  [[nodiscard]] at::Tensor finalNorm(const at::Tensor& x) const;
  /// Normed states [..., D] -> logits [..., V].
  [[nodiscard]] at::Tensor unembed(const at::Tensor& normed) const { return m_weights.unembedding(normed); }

  /// Embeddings and every block for new tokens, which join the cache. Returns resid_post of the last block [B, T, D].
  /// Cancel   after each block.
  [[nodiscard]] at::Tensor run(const std::vector<std::vector<std::int32_t>>& ids, KvCache& cache, const HookPlan& hooks,
                               const JobContext& context);

  /// Final norm and logits of a residual [B, T, D] at position `first`, with the hooks of both sites.
  [[nodiscard]] at::Tensor readOut(const at::Tensor& x, std::int64_t first, const HookPlan& hooks) const;

  /// What each head writes, [N, H, D]: its part of the output product of z [N, H, K]; without the bias, which belongs
  /// to no head.
  [[nodiscard]] at::Tensor headOutputs(int layer, const at::Tensor& z) const;
  /// The same for one head: z [N, K] to [N, D].
  [[nodiscard]] at::Tensor headOutput(int layer, std::int64_t head, const at::Tensor& z) const;

  [[nodiscard]] KvCache newCache(std::int64_t batch = 1) const { return {m_config.layers, batch}; }

private:
  [[nodiscard]] at::Tensor headsOf(const RowGroup& group, int layer, const at::Tensor& qkv, BlockRows wanted);
  [[nodiscard]] at::Tensor attentionOutput(int layer, const at::Tensor& z, std::span<const RowGroup> groups) const;
  [[nodiscard]] at::Tensor mlp(int layer, const at::Tensor& x, std::span<const RowGroup> groups,
                               const JobContext& context) const;

  ModelConfig m_config;
  TransformerWeights m_weights;
  at::TensorOptions m_options;
  RopeTable m_rope;
};

}  // namespace patchbay
