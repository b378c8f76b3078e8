#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/jobs/job_context.h"
#include "core/train/model_graph.h"

namespace patchbay {

/// One sequence to learn from: the tokens from `answerFirst` on are to be predicted.
///
/// Where `states` is defined, [n, D], it is written over the tokens from `writeFirst` on behind the write layer, as a
/// decoder or a meta-model sees another model's states. Where `placed` is defined, [D], it stands at the token
/// `placedAt` behind the block `placedLayer`, as a Patchscope places a state. Where `goals` are defined, [answers, D]
/// behind the final norm, their distributions are to be met instead of the tokens.
struct TrainingSequence {
  std::vector<std::int32_t> ids;
  std::int64_t answerFirst = 1;
  double weight = 1;  ///< of the sum of its tokens' losses
  std::int64_t writeFirst = 0;
  at::Tensor states = {};
  at::Tensor placed = {};
  std::int64_t placedAt = 0;
  int placedLayer = 0;
  at::Tensor goals = {};

  [[nodiscard]] std::int64_t answerLength() const { return static_cast<std::int64_t>(ids.size()) - answerFirst; }
};

/// The loss of some sequences: sum over sequences of weight * sum over answer tokens of -log p(token), or of
/// KL(goal || said) where all have goals; nats.
struct SequenceLoss {
  double sum = 0;
  std::vector<double> each;             ///< of each sequence, weighted
  std::vector<at::Tensor> stateSlopes;  ///< d sum / d states of each sequence, [n, D]; only where asked for
};

/// The losses of sequences under one model, with its weights written out once for all of them.
///
/// Memory   4 bytes a weight; in bfloat16 2, but for the unembedding.
class SequenceLearner {
public:
  /// The model must outlive this. `writeLayer` is the block behind which states are written, -1: before the first;
  /// `type` that of products with weights of blocks, float32 or bfloat16.
  /// Cancel   between blocks.
  SequenceLearner(const Transformer& model, int writeLayer, const JobContext& context,
                  at::ScalarType type = at::kFloat);

  /// Adds the gradients of all sequences to those of the adapter's tensors that ask for them.
  ///
  /// Cancel   after each block, forward and backward; gradients may then be partial.
  /// Memory   every value of every block, about 40 kB a token at width 576.
  /// Thread   any, several at once with adapters that do not share gradients.
  [[nodiscard]] SequenceLoss backward(std::span<const TrainingSequence* const> sequences, const AdapterUse& use,
                                      bool wantsStateSlopes, const JobContext& context) const;
  /// What is said at each place that predicts an answer token, all sequences one behind the other: logits [R, V].
  [[nodiscard]] at::Tensor readOut(std::span<const TrainingSequence* const> sequences, const AdapterUse& use,
                                   const JobContext& context) const;
  /// The loss alone.
  [[nodiscard]] SequenceLoss evaluate(std::span<const TrainingSequence* const> sequences, const AdapterUse& use,
                                      const JobContext& context) const;

  /// The same weights, shared, with states written behind another block.
  [[nodiscard]] SequenceLearner writingAt(int layer) const {
    SequenceLearner other = *this;
    other.m_writeLayer = layer;
    return other;
  }
  /// One block over rows x [N, D]; where `wantsInput`, slopes reach them.
  [[nodiscard]] ClimbedBlock climb(int layer, at::Tensor x, const GraphPass& pass, bool wantsInput) const;
  /// What stands before the first block, one sequence behind the other, [N, D].
  [[nodiscard]] at::Tensor embedded(std::span<const TrainingSequence* const> sequences) const;
  [[nodiscard]] const ModelGraph& graph() const { return m_graph; }
  [[nodiscard]] const ModelConfig& config() const { return m_graph.config(); }
  [[nodiscard]] at::Device device() const { return m_model.options().device(); }

private:
  /// The states at some of the packed rows behind the final norm, [R, D].
  [[nodiscard]] at::Tensor forward(std::span<const TrainingSequence* const> sequences, const PackedRows& packed,
                                   const at::Tensor& rows, const AdapterUse& use, const JobContext& context) const;

  const Transformer& m_model;
  ModelGraph m_graph;
  int m_writeLayer;
  std::vector<DenseBlock> m_blocks;
  at::Tensor m_unembedding;
};

/// How many tokens each has.
[[nodiscard]] std::vector<std::int64_t> lengthsOf(std::span<const TrainingSequence* const> sequences);

/// Mean loss of sequences that nothing is learned from, a few of them at a time.
[[nodiscard]] double meanLoss(const SequenceLearner& learner, const AdapterUse& use,
                              std::span<const TrainingSequence* const> sequences, const JobContext& context);

}  // namespace patchbay
