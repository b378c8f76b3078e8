#pragma once

#include <cstdint>
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

/// A loss or gradient of a step, counted from 0, is no number any more.
inline constexpr const char* kNotFinite = "TRAIN-01";
[[nodiscard]] Error notFinite(std::int64_t step, const std::string& found);

/// Trains tensors step by step.
///
/// The sequences of a step are shared among workers, one core each, whose gradients are added in one order: the same
/// settings, sequences and number of workers give the same tensors, bit by bit.
/// Thread   one.
class ParameterTrainer {
public:
  virtual ~ParameterTrainer() = default;

  /// One step on these sequences.
  ///
  /// Errors   TRAIN-01 the loss or a gradient is not a finite number, with the step and the sequence; the tensors are
  ///          then as before the step.
  /// Cancel   between blocks; the tensors are then as before the step.
  [[nodiscard]] Outcome<TrainingStep> step(std::span<const TrainingSequence> sequences, const JobContext& context);

  [[nodiscard]] std::int64_t stepsDone() const { return m_step; }

  /// Everything that the next step depends on beside the settings and its sequences: tensors and optimiser, in a fixed
  /// order.
  [[nodiscard]] std::vector<at::Tensor> state() const;
  /// Goes on where `state` was after `steps` steps.
  /// Errors   TRAIN-02 tensors of other shapes.
  [[nodiscard]] Outcome<Done> restore(std::span<const at::Tensor> state, std::int64_t steps);

protected:
  /// `parameters` are changed in place; they lie where the learner computes.
  ParameterTrainer(const SequenceLearner& learner, std::vector<at::Tensor> parameters,
                   const TrainingSettings& settings);

  /// How many share a step.
  [[nodiscard]] std::size_t workerCount() const { return m_workers; }
  [[nodiscard]] const SequenceLearner& learner() const { return m_learner; }

  /// The parameters as one worker sees them: the same numbers with gradients of their own, in the same order.
  [[nodiscard]] virtual std::vector<at::Tensor> leavesOf(std::size_t worker) const = 0;
  /// Adds the gradients of the sequences to a worker's leaves. Several workers at once.
  [[nodiscard]] virtual SequenceLoss backward(std::span<const TrainingSequence* const> sequences, std::size_t worker,
                                              std::uint64_t seed, const JobContext& context) = 0;

private:
  struct Share {
    std::vector<const TrainingSequence*> sequences;
    SequenceLoss loss;
  };
  [[nodiscard]] std::vector<Share> shared(std::span<const TrainingSequence> sequences) const;
  void run(std::vector<Share>& shares, const JobContext& context);
  [[nodiscard]] double gatherGradients();

  const SequenceLearner& m_learner;
  TrainingSettings m_settings;
  std::vector<at::Tensor> m_parameters;
  std::size_t m_workers;
  std::unique_ptr<Optimizer> m_optimizer;
  std::int64_t m_step = 0;
};

}  // namespace patchbay
