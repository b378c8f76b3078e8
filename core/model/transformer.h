#pragma once

#include <cstdint>
#include <memory>
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
  [[nodiscard]] at::Tensor block(int layer, at::Tensor x, std::int64_t first, KvCache& cache, const HookPlan& hooks,
                                 const JobContext& context);

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

  [[nodiscard]] KvCache newCache(std::int64_t batch = 1) const { return {m_config.layers, batch}; }

private:
  [[nodiscard]] at::Tensor attention(int layer, const at::Tensor& x, std::int64_t first, KvCache& cache,
                                     const HookPlan& hooks);
  [[nodiscard]] at::Tensor mlp(int layer, const at::Tensor& x, std::int64_t first, const HookPlan& hooks,
                               const JobContext& context) const;
  [[nodiscard]] at::Tensor headOutputs(int layer, const at::Tensor& z) const;

  ModelConfig m_config;
  TransformerWeights m_weights;
  at::TensorOptions m_options;
  RopeTable m_rope;
};

}  // namespace patchbay
