#pragma once

#include <span>
#include <vector>

#include "core/train/sequence_loss.h"

namespace patchbay {

/// The states of some sequences behind a block of a model with an adapter, with the way back from them to the adapter.
///
/// Memory   every value of every block up to that one, as SequenceLearner::backward.
class StateGraph {
public:
  /// Those of the sequences' own tokens: nothing is written into them. The learner must outlive this.
  /// Cancel   after each block.
  StateGraph(const SequenceLearner& learner, std::span<const TrainingSequence* const> sequences, const AdapterUse& use,
             int layer, const JobContext& context);

  /// Of each sequence, [T, D].
  [[nodiscard]] std::vector<at::Tensor> states() const;
  /// Adds to the gradients of the adapter's tensors what slopes [T, D] at the states of each sequence lead to. Once.
  /// Cancel   after each block.
  void backward(std::span<const at::Tensor> slopes, const JobContext& context);

private:
  PackedRows m_rows;
  std::vector<ClimbedBlock> m_blocks;
  at::Tensor m_states;  // [N, D]
};

}  // namespace patchbay
