#include "core/train/trainer.h"

namespace patchbay {
namespace {

/// The same tensors, with gradients of their own.
Adapter leafOf(const Adapter& adapter) {
  Adapter leaves = adapter;
  for (auto& block : leaves.blocks) {
    for (LowRankPair& pair : block) {
      if (pair.isEmpty()) continue;
      pair.down = pair.down.detach().set_requires_grad(true);
      pair.up = pair.up.detach().set_requires_grad(true);
    }
  }
  return leaves;
}

}  // namespace

AdapterTrainer::AdapterTrainer(const SequenceLearner& learner, Adapter adapter, const TrainingSettings& settings)
    : AdapterTrainer(learner, settings, adapterOn(std::move(adapter), learner.device())) {}

AdapterTrainer::AdapterTrainer(const SequenceLearner& learner, const TrainingSettings& settings, Adapter adapter)
    : ParameterTrainer(learner, adapter.tensors(), settings), m_adapter(std::move(adapter)) {
  for (std::size_t worker = 0; worker < workerCount(); ++worker) m_leaves.push_back(leafOf(m_adapter));
}

std::vector<at::Tensor> AdapterTrainer::leavesOf(std::size_t worker) const { return m_leaves[worker].tensors(); }

SequenceLoss AdapterTrainer::backward(std::span<const TrainingSequence* const> sequences, std::size_t worker,
                                      std::uint64_t seed, const JobContext& context) {
  return learner().backward(sequences, {.adapter = &m_leaves[worker], .dropoutSeed = seed, .isTraining = true}, false,
                            context);
}

}  // namespace patchbay
