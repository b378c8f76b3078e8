#include "core/decoder/meta_trainer.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

namespace patchbay {
namespace {

at::Tensor leaf(const at::Tensor& tensor) { return tensor.detach().set_requires_grad(true); }

MetaWeights leavesOfAll(const MetaWeights& weights) {
  MetaWeights leaves{.map = leaf(weights.map), .offset = leaf(weights.offset), .attention = {}};
  for (const at::Tensor& part : weights.attention.qkv) leaves.attention.qkv.push_back(leaf(part));
  for (const at::Tensor& part : weights.attention.output) leaves.attention.output.push_back(leaf(part));
  return leaves;
}

void addGradient(const at::Tensor& leaf, const at::Tensor& gradient) {
  at::Tensor& sum = leaf.mutable_grad();
  sum = sum.defined() ? sum.add_(gradient) : gradient;
}

}  // namespace

std::vector<at::Tensor> MetaWeights::tensors() const {
  std::vector<at::Tensor> all{map, offset};
  const std::vector<at::Tensor> parts = attention.tensors();
  all.insert(all.end(), parts.begin(), parts.end());
  return all;
}

at::Tensor MetaWeights::mapped(const at::Tensor& states) const {
  const at::NoGradGuard plain;
  return at::addmm(offset, states, map.t());
}

MetaWeights freshMetaWeights(const Transformer& reader, std::int64_t width, std::uint64_t seed) {
  at::Generator random = at::detail::createCPUGenerator(seed);
  const at::Device device = reader.options().device();
  const double bound = 1 / std::sqrt(static_cast<double>(width));
  const auto drawn = [&](at::IntArrayRef sizes) {
    return at::empty(sizes, at::kFloat).uniform_(-bound, bound, random).to(device);
  };
  MetaWeights weights{
      .map = drawn({reader.config().width, width}), .offset = drawn({reader.config().width}), .attention = {}};
  for (const BlockWeights& block : reader.weights().blocks) {
    weights.attention.qkv.push_back(block.qkv.dense().to(at::kFloat).clone());
    weights.attention.output.push_back(block.output.dense().to(at::kFloat).clone());
  }
  return weights;
}

MetaTrainer::MetaTrainer(const SequenceLearner& learner, MetaWeights weights, const TrainingSettings& settings)
    : ParameterTrainer(learner, weights.tensors(), settings), m_weights(std::move(weights)) {
  for (std::size_t worker = 0; worker < workerCount(); ++worker) m_leaves.push_back(leavesOfAll(m_weights));
}

std::vector<at::Tensor> MetaTrainer::leavesOf(std::size_t worker) const { return m_leaves[worker].tensors(); }

SequenceLoss MetaTrainer::backward(std::span<const TrainingSequence* const> sequences, std::size_t worker,
                                   std::uint64_t seed, const JobContext& context) {
  const MetaWeights& leaves = m_leaves[worker];
  const std::vector<TrainingSequence> mapped = mappedSequences(sequences, leaves);
  std::vector<const TrainingSequence*> pointers;
  for (const TrainingSequence& sequence : mapped) pointers.push_back(&sequence);
  const AdapterUse use{.adapter = nullptr, .attention = &leaves.attention, .dropoutSeed = seed, .isTraining = true};
  SequenceLoss loss = learner().backward(pointers, use, true, context);
  const at::NoGradGuard plain;
  std::vector<at::Tensor> states;
  for (const TrainingSequence* sequence : sequences) states.push_back(sequence->states);
  const at::Tensor slopes = at::cat(loss.stateSlopes);  // [n, D*]
  addGradient(leaves.map, at::mm(slopes.t(), at::cat(states)));
  addGradient(leaves.offset, slopes.sum(0));
  return loss;
}

std::vector<TrainingSequence> mappedSequences(std::span<const TrainingSequence* const> sequences,
                                              const MetaWeights& weights) {
  std::vector<TrainingSequence> mapped;
  for (const TrainingSequence* sequence : sequences) {
    mapped.push_back(*sequence);
    mapped.back().states = weights.mapped(sequence->states);
  }
  return mapped;
}

}  // namespace patchbay
