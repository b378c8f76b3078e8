#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/training_settings.h"
#include "core/train/optimizer.h"
#include "core/train/sequence_loss.h"

namespace patchbay {

/// What one step of a training did.
struct TrainingStep {
  std::int64_t step = 0;  ///< counted from 0
  double loss = 0;        ///< mean of the weighted losses of its sequences
  double learningRate = 0;
  double gradientNorm = 0;  ///< before it was clipped
  std::int64_t tokens = 0;
  bool operator==(const TrainingStep&) const = default;
};

/// Trains an adapter beside frozen weights, step by step.
///
/// The sequences of a step are shared among workers, one core each, whose gradients are added in one order: the same
/// settings, sequences and number of workers give the same adapter, bit by bit.
/// Thread   one.
class AdapterTrainer {
public:
  /// The learner must outlive this. The adapter is changed in place where it lies on the learner's device already.
  AdapterTrainer(const SequenceLearner& learner, Adapter adapter, const TrainingSettings& settings);

  /// One step on these sequences.
  ///
  /// Errors   TRAIN-01 the loss or a gradient is not a finite number, with the step and the sequence; the adapter is
  ///          then as before the step.
  /// Cancel   between blocks; the adapter is then as before the step.
  [[nodiscard]] Outcome<TrainingStep> step(std::span<const TrainingSequence> sequences, const JobContext& context);

  [[nodiscard]] const Adapter& adapter() const { return m_adapter; }
  [[nodiscard]] std::int64_t stepsDone() const { return m_step; }

  /// Everything that the next step depends on beside the settings and its sequences: adapter and optimiser, in a fixed
  /// order.
  [[nodiscard]] std::vector<at::Tensor> state() const;
  /// Goes on where `state` was after `steps` steps.
  /// Errors   TRAIN-02 tensors of other shapes.
  [[nodiscard]] Outcome<Done> restore(std::span<const at::Tensor> state, std::int64_t steps);

private:
  struct Share {
    std::vector<const TrainingSequence*> sequences;
    SequenceLoss loss;
  };
  [[nodiscard]] std::vector<Share> shared(std::span<const TrainingSequence> sequences) const;
  void run(std::vector<Share>& shares, const JobContext& context);
  [[nodiscard]] double gatherGradients();

  const SequenceLearner& m_learner;
  Adapter m_adapter;
  TrainingSettings m_settings;
  std::vector<at::Tensor> m_parameters;
  std::vector<Adapter> m_workers;  // the same tensors with gradients of their own
  std::unique_ptr<Optimizer> m_optimizer;
  std::int64_t m_step = 0;
};

}  // namespace patchbay
