#include "core/train/sequence_loss.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>

#include "core/train/graph_functions.h"

namespace patchbay {
namespace {

/// Sequences whose loss is taken together.
constexpr std::size_t kPortion = 8;

using Sequences = std::span<const TrainingSequence* const>;

/// The rows that predict answer tokens, those tokens, and what each counts.
struct Answers {
  at::Tensor rows, targets, weights;  // [R]
  at::Tensor goals;                   // [R, D]; undefined: the targets are what is wanted
  std::vector<std::int64_t> counts;   // of each sequence
};

Answers answersOf(Sequences sequences, const PackedRows& packed) {
  std::vector<std::int64_t> rows, targets;
  std::vector<float> weights;
  std::vector<at::Tensor> goals;
  Answers answers;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const TrainingSequence& sequence = *sequences[i];
    for (auto token = sequence.answerFirst; token < static_cast<std::int64_t>(sequence.ids.size()); ++token) {
      rows.push_back(packed.first(i) + token - 1);
      targets.push_back(sequence.ids[static_cast<std::size_t>(token)]);
      weights.push_back(static_cast<float>(sequence.weight));
    }
    answers.counts.push_back(sequence.answerLength());
    if (sequence.goals.defined()) goals.push_back(sequence.goals);
  }
  const at::Device device = packed.positions().device();
  answers.rows = at::tensor(rows, at::kLong).to(device);
  answers.targets = at::tensor(targets, at::kLong).to(device);
  answers.weights = at::tensor(weights).to(device);
  if (!goals.empty()) answers.goals = at::cat(goals).to(device);
  return answers;
}

/// The rows of a sequence that another model's states stand in, a view.
at::Tensor writtenRows(const at::Tensor& x, const TrainingSequence& sequence, const PackedRows& packed,
                       std::size_t index) {
  return x.narrow(0, packed.first(index) + sequence.writeFirst, sequence.states.size(0));
}

void writeStates(at::Tensor& x, Sequences sequences, const PackedRows& packed) {
  for (std::size_t i = 0; i < sequences.size(); ++i)
    if (sequences[i]->states.defined()) writtenRows(x, *sequences[i], packed, i).copy_(sequences[i]->states);
}

/// The rows of places that a state stands at behind this block.
std::vector<std::int64_t> placedRows(Sequences sequences, const PackedRows& packed, int layer) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < sequences.size(); ++i)
    if (sequences[i]->placed.defined() && sequences[i]->placedLayer == layer)
      rows.push_back(packed.first(i) + sequences[i]->placedAt);
  return rows;
}

/// Places the states of this block, in a copy.
void placeStates(at::Tensor& x, Sequences sequences, const PackedRows& packed, int layer) {
  const std::vector<std::int64_t> rows = placedRows(sequences, packed, layer);
  if (rows.empty()) return;
  std::size_t next = 0;
  x = x.clone();
  for (const TrainingSequence* sequence : sequences)
    if (sequence->placed.defined() && sequence->placedLayer == layer) x[rows[next++]].copy_(sequence->placed);
}

at::Tensor lossesOf(const at::Tensor& states, const at::Tensor& unembedding, const Answers& answers) {
  return answers.goals.defined() ? graph::divergence(states, unembedding, answers.goals, answers.weights)
                                 : graph::crossEntropy(states, unembedding, answers.targets, answers.weights);
}

void splitLosses(SequenceLoss& loss, const at::Tensor& perToken, const Answers& answers) {
  const at::Tensor host = perToken.cpu();
  std::int64_t first = 0;
  for (const std::int64_t count : answers.counts) {
    loss.each.push_back(host.narrow(0, first, count).sum().item<double>());
    loss.sum += loss.each.back();
    first += count;
  }
}

bool isFrozen(const AdapterUse& use) {
  const auto isFixed = [](const std::vector<at::Tensor>& parts) {
    return std::ranges::none_of(parts, [](const at::Tensor& part) { return part.requires_grad(); });
  };
  return (!use.adapter || isFixed(use.adapter->tensors())) && (!use.attention || isFixed(use.attention->tensors()));
}

}  // namespace

std::vector<std::int64_t> lengthsOf(Sequences sequences) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(sequences.size());
  for (const TrainingSequence* sequence : sequences) lengths.push_back(static_cast<std::int64_t>(sequence->ids.size()));
  return lengths;
}

SequenceLearner::SequenceLearner(const Transformer& model, int writeLayer, const JobContext& context,
                                 at::ScalarType type)
    : m_model(model), m_graph(model), m_writeLayer(writeLayer) {
  for (int layer = 0; layer < model.config().layers; ++layer) {
    context.checkpoint();
    m_blocks.push_back(denseBlock(model, layer, type));
  }
  m_unembedding = m_graph.unembedding();
}

at::Tensor SequenceLearner::embedded(Sequences sequences) const {
  std::vector<std::int32_t> ids;
  for (const TrainingSequence* sequence : sequences) ids.insert(ids.end(), sequence->ids.begin(), sequence->ids.end());
  // Elsewhere than on the host the rows are there already.
  if (config().isTied && !device().is_cpu())
    return m_unembedding.index_select(0, at::tensor(at::ArrayRef<std::int32_t>(ids)).to(device()));
  return m_model.embed({ids}).squeeze(0).to(at::kFloat);  // [N, D]
}

ClimbedBlock SequenceLearner::climb(int layer, at::Tensor x, const GraphPass& pass, bool wantsInput) const {
  ClimbedBlock block{.input = std::move(x), .output = {}};
  block.input.set_requires_grad(wantsInput);
  block.output = m_graph.block(layer, m_blocks[static_cast<std::size_t>(layer)], block.input, pass).out;
  return block;
}

SequenceLoss SequenceLearner::backward(Sequences sequences, const AdapterUse& use, bool wantsStateSlopes,
                                       const JobContext& context) const {
  const PackedRows packed(lengthsOf(sequences), device());
  const GraphPass pass = m_graph.pass(packed, use);
  const Answers answers = answersOf(sequences, packed);
  const int layers = config().layers;
  std::vector<ClimbedBlock> blocks;
  const at::AutoGradMode recording(true);
  at::Tensor x = embedded(sequences);
  const bool isBeforeAll = m_writeLayer < 0;
  if (isBeforeAll) writeStates(x, sequences, packed);
  for (int layer = 0; layer < layers; ++layer) {
    context.checkpoint();
    blocks.push_back(climb(layer, x, pass, layer > 0 || (isBeforeAll && wantsStateSlopes)));
    x = blocks.back().output.detach();
    if (layer == m_writeLayer) writeStates(x = x.clone(), sequences, packed);
    placeStates(x, sequences, packed, layer);
  }
  at::Tensor ends = x.index_select(0, answers.rows).set_requires_grad(true);
  const at::Tensor losses = lossesOf(m_graph.finalNorm(ends), m_unembedding, answers);  // [R]
  SequenceLoss loss;
  splitLosses(loss, losses.detach(), answers);
  losses.sum().backward();
  at::Tensor slope = at::zeros_like(x).index_copy_(0, answers.rows, ends.grad());
  // What stood where states are written is not asked any further.
  const auto takeSlopes = [&] {
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (!sequences[i]->states.defined()) continue;
      at::Tensor rows = writtenRows(slope, *sequences[i], packed, i);
      if (wantsStateSlopes) loss.stateSlopes.push_back(rows.clone());
      rows.zero_();
    }
  };
  for (int layer = layers - 1; layer >= 0; --layer) {
    context.checkpoint();
    for (const std::int64_t row : placedRows(sequences, packed, layer)) slope[row].zero_();
    if (layer == m_writeLayer) {
      takeSlopes();
      // Nothing below would be asked for.
      if (isFrozen(use)) break;
    }
    blocks[static_cast<std::size_t>(layer)].goBack(slope);
  }
  if (isBeforeAll && wantsStateSlopes) takeSlopes();
  return loss;
}

at::Tensor SequenceLearner::readOut(Sequences sequences, const AdapterUse& use, const JobContext& context) const {
  const at::NoGradGuard plain;
  const PackedRows packed(lengthsOf(sequences), device());
  return at::mm(forward(sequences, packed, answersOf(sequences, packed).rows, use, context), m_unembedding.t());
}

SequenceLoss SequenceLearner::evaluate(Sequences sequences, const AdapterUse& use, const JobContext& context) const {
  const at::NoGradGuard plain;
  const PackedRows packed(lengthsOf(sequences), device());
  const Answers answers = answersOf(sequences, packed);
  const at::Tensor states = forward(sequences, packed, answers.rows, use, context);
  SequenceLoss loss;
  splitLosses(loss, lossesOf(states, m_unembedding, answers), answers);
  return loss;
}

at::Tensor SequenceLearner::forward(Sequences sequences, const PackedRows& packed, const at::Tensor& rows,
                                    const AdapterUse& use, const JobContext& context) const {
  const GraphPass pass = m_graph.pass(packed, use);
  at::Tensor x = embedded(sequences);
  if (m_writeLayer < 0) writeStates(x, sequences, packed);
  for (int layer = 0; layer < config().layers; ++layer) {
    context.checkpoint();
    x = m_graph.block(layer, m_blocks[static_cast<std::size_t>(layer)], x, pass).out;
    if (layer == m_writeLayer) writeStates(x, sequences, packed);
    placeStates(x, sequences, packed, layer);
  }
  return m_graph.finalNorm(x.index_select(0, rows));
}

double meanLoss(const SequenceLearner& learner, const AdapterUse& use, Sequences sequences, const JobContext& context) {
  double sum = 0;
  for (std::size_t first = 0; first < sequences.size(); first += kPortion) {
    const auto portion = sequences.subspan(first, std::min(kPortion, sequences.size() - first));
    sum += learner.evaluate(portion, use, context).sum;
  }
  return sum / static_cast<double>(std::max<std::size_t>(sequences.size(), 1));
}

}  // namespace patchbay
