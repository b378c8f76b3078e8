#include "core/train/state_graph.h"

#include <ATen/core/grad_mode.h>

namespace patchbay {

StateGraph::StateGraph(const SequenceLearner& learner, std::span<const TrainingSequence* const> sequences,
                       const AdapterUse& use, int layer, const JobContext& context)
    : m_rows(lengthsOf(sequences), learner.device()) {
  const at::AutoGradMode recording(true);
  const GraphPass pass = learner.graph().pass(m_rows, use);
  m_states = learner.embedded(sequences);
  for (int block = 0; block <= layer; ++block) {
    context.checkpoint();
    m_blocks.push_back(learner.climb(block, m_states, pass, block > 0));
    m_states = m_blocks.back().output.detach();
  }
}

std::vector<at::Tensor> StateGraph::states() const {
  std::vector<at::Tensor> each;
  for (std::size_t i = 0; i < static_cast<std::size_t>(m_rows.sequences()); ++i)
    each.push_back(m_states.narrow(0, m_rows.first(i), m_rows.length(i)));
  return each;
}

void StateGraph::backward(std::span<const at::Tensor> slopes, const JobContext& context) {
  const at::AutoGradMode recording(true);
  at::Tensor slope = at::cat(std::vector<at::Tensor>(slopes.begin(), slopes.end()));
  for (auto block = m_blocks.rbegin(); block != m_blocks.rend(); ++block) {
    context.checkpoint();
    block->goBack(slope);
  }
}

}  // namespace patchbay
