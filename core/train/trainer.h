#pragma once

#include <vector>

#include "core/train/parameter_trainer.h"

namespace patchbay {

/// Trains an adapter beside frozen weights, step by step.
class AdapterTrainer : public ParameterTrainer {
public:
  /// The learner must outlive this. The adapter is changed in place where it lies on the learner's device already.
  AdapterTrainer(const SequenceLearner& learner, Adapter adapter, const TrainingSettings& settings);

  [[nodiscard]] const Adapter& adapter() const { return m_adapter; }

private:
  AdapterTrainer(const SequenceLearner& learner, const TrainingSettings& settings, Adapter adapter);
  [[nodiscard]] std::vector<at::Tensor> leavesOf(std::size_t worker) const override;
  [[nodiscard]] SequenceLoss backward(std::span<const TrainingSequence* const> sequences, std::size_t worker,
                                      std::uint64_t seed, const JobContext& context) override;

  Adapter m_adapter;
  std::vector<Adapter> m_leaves;  // of each worker
};

}  // namespace patchbay
