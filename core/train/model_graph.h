#pragma once

#include <cstdint>
#include <vector>

#include "core/model/low_rank.h"
#include "core/model/rope.h"
#include "core/model/transformer.h"
#include "core/train/packed_rows.h"

namespace patchbay {

/// The weights of one block in the form that gradients need: dense, matrices in the type of the products, the rest
/// float32; kept by nobody else.
struct DenseBlock {
  at::Tensor attnNorm, mlpNorm;                          // [D]
  at::Tensor qkv, output, gateUp, down;                  // [out, in]
  at::Tensor qkvBias, outputBias, gateUpBias, downBias;  // [out], undefined without
};
[[nodiscard]] DenseBlock denseBlock(const Transformer& model, int layer, at::ScalarType type = at::kFloat);

/// The values of one block at its sites, with the graph that leads from its input to them.
struct BlockGraph {
  at::Tensor z;                             // [N, H, K]
  at::Tensor attnOut, middle, mlpOut, out;  // [N, D]
};

/// Attention weights that stand in the place of a model's, of every block: q|k|v [(H + 2 Hkv) K, D] and output
/// [D, H K], float32.
struct AttentionWeights {
  std::vector<at::Tensor> qkv, output;

  /// All of them in one fixed order: by block, qkv before output.
  [[nodiscard]] std::vector<at::Tensor> tensors() const;
};

/// What takes part in a block beside its own weights, or in the place of some; none where null.
struct AdapterUse {
  const Adapter* adapter = nullptr;
  const AttentionWeights* attention = nullptr;
  std::uint64_t dropoutSeed = 0;  ///< of this pass; used where the adapter has dropout
  bool isTraining = false;        ///< dropout acts
};

/// A block with the graph from a copy of its input to its output: the way back can be stopped between two of them, and
/// lets go of each as it passes.
struct ClimbedBlock {
  at::Tensor input, output;  // [N, D]

  /// Turns slopes at the output into those at the input, where they are asked for. Once.
  void goBack(at::Tensor& slope);
};

/// What all blocks of one pass share.
struct GraphPass {
  const PackedRows* rows = nullptr;
  RopeTable::Angles turns;  ///< of every row, [N, K/2]
  AdapterUse use;
};

/// The forward pass of the Llama family once more, block by block, in operations that gradients flow through.
///
/// Precision  products with weights in their type, all else float32; attention as two products and a softmax, whose
///            backward pass is the fastest on CPUs.
/// Thread     several may use one graph at once.   Call with gradients on, outside InferenceMode.
class ModelGraph {
public:
  /// The model must outlive this.
  explicit ModelGraph(const Transformer& model) : m_model(&model) {}

  [[nodiscard]] const ModelConfig& config() const { return m_model->config(); }

  /// A pass over rows, which must outlive it.
  [[nodiscard]] GraphPass pass(const PackedRows& rows, const AdapterUse& use = {}) const;
  /// One block over packed rows x [N, D].
  [[nodiscard]] BlockGraph block(int layer, const DenseBlock& weights, const at::Tensor& x,
                                 const GraphPass& pass) const;
  /// The state [..., D] behind the final norm.
  [[nodiscard]] at::Tensor finalNorm(const at::Tensor& x) const;
  /// Logits [V] of one residual [D]; writes the unembedding out for it.
  [[nodiscard]] at::Tensor logits(const at::Tensor& residual) const;
  /// The unembedding [V, D], dense.
  [[nodiscard]] at::Tensor unembedding() const;

private:
  const Transformer* m_model;
};

}  // namespace patchbay
