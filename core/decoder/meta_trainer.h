#pragma once

#include <vector>

#include "core/model/language_model.h"
#include "core/train/parameter_trainer.h"

namespace patchbay {

/// What is trained of a meta-model: the map of states into its embedding, and its attention weights.
///
/// Source   methods section 3.1.
struct MetaWeights {
  at::Tensor map, offset;  ///< [D*, D], [D*]; float32
  AttentionWeights attention;

  /// All of them in one fixed order.
  [[nodiscard]] std::vector<at::Tensor> tensors() const;
  /// States [n, D] in the width of the meta-model, [n, D*].
  [[nodiscard]] at::Tensor mapped(const at::Tensor& states) const;
};

/// The reader as it is, with a random map from states of `width` channels.
[[nodiscard]] MetaWeights freshMetaWeights(const Transformer& reader, std::int64_t width, std::uint64_t seed);

/// Trains a meta-model on sequences whose states are not yet mapped.
class MetaTrainer : public ParameterTrainer {
public:
  /// The learner, which must write before its first block, must outlive this.
  MetaTrainer(const SequenceLearner& learner, MetaWeights weights, const TrainingSettings& settings);

  [[nodiscard]] const MetaWeights& weights() const { return m_weights; }

protected:
  [[nodiscard]] std::vector<at::Tensor> leavesOf(std::size_t worker) const override;
  [[nodiscard]] SequenceLoss backward(std::span<const TrainingSequence* const> sequences, std::size_t worker,
                                      std::uint64_t seed, const JobContext& context) override;

private:
  MetaWeights m_weights;
  std::vector<MetaWeights> m_leaves;  // of each worker
};

/// The same sequences with their states mapped.
[[nodiscard]] std::vector<TrainingSequence> mappedSequences(std::span<const TrainingSequence* const> sequences,
                                                            const MetaWeights& weights);

}  // namespace patchbay
