#include "core/train/parameter_trainer.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <ATen/core/grad_mode.h>

namespace patchbay {
namespace {

/// Tokens whose values a worker holds at once: what a processor's cache holds, and what gives another device enough to
/// do.
constexpr std::int64_t kTokensAtOnce = 640, kTokensElsewhere = 16384;

std::int64_t lengthOf(const TrainingSequence* sequence) { return static_cast<std::int64_t>(sequence->ids.size()); }

/// Neighbouring sequences that together have few enough tokens.
std::vector<std::span<const TrainingSequence* const>> portions(const std::vector<const TrainingSequence*>& sequences,
                                                               std::int64_t mostTokens) {
  std::vector<std::span<const TrainingSequence* const>> result;
  std::size_t first = 0;
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (i > first && tokens + lengthOf(sequences[i]) > mostTokens) {
      result.emplace_back(sequences.data() + first, i - first);
      first = i;
      tokens = 0;
    }
    tokens += lengthOf(sequences[i]);
  }
  if (first < sequences.size()) result.emplace_back(sequences.data() + first, sequences.size() - first);
  return result;
}

std::size_t workersFor(const SequenceLearner& learner, int wanted) {
  const int cores = learner.device().is_cpu() ? at::get_num_threads() : 1;
  return static_cast<std::size_t>(wanted > 0 ? wanted : cores);
}

}  // namespace

Error notFinite(std::int64_t step, const std::string& found) {
  return {.code = kNotFinite,
          .what = "the training has left the finite numbers",
          .file = {},
          .field = "step " + std::to_string(step + 1),
          .found = found,
          .expected = "a finite loss and gradient",
          .advice = "Train again with a lower learning rate."};
}

ParameterTrainer::ParameterTrainer(const SequenceLearner& learner, std::vector<at::Tensor> parameters,
                                   const TrainingSettings& settings)
    : m_learner(learner),
      m_settings(settings),
      m_parameters(std::move(parameters)),
      m_workers(workersFor(learner, settings.workers)),
      m_optimizer(makeOptimizer(settings.optimizer, m_parameters)) {}

std::vector<ParameterTrainer::Share> ParameterTrainer::shared(std::span<const TrainingSequence> sequences) const {
  std::vector<const TrainingSequence*> byLength;
  for (const TrainingSequence& sequence : sequences) byLength.push_back(&sequence);
  std::ranges::stable_sort(byLength, std::greater{}, lengthOf);
  std::vector<Share> shares(m_workers);
  std::vector<std::int64_t> tokens(shares.size(), 0);
  for (const TrainingSequence* sequence : byLength) {
    const auto least = static_cast<std::size_t>(std::ranges::min_element(tokens) - tokens.begin());
    shares[least].sequences.push_back(sequence);
    tokens[least] += lengthOf(sequence);
  }
  return shares;
}

void ParameterTrainer::run(std::vector<Share>& shares, const JobContext& context) {
  // A pause waits for the end of the step: what it lets through would find the workers busy.
  const JobContext unheld = context.withoutPause();
  const std::int64_t mostTokens = m_learner.device().is_cpu() ? kTokensAtOnce : kTokensElsewhere;
  at::parallel_for(0, static_cast<std::int64_t>(shares.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto worker = static_cast<std::size_t>(i);
      // Each portion of each step drops other inputs.
      std::uint64_t seed = (m_settings.seed * 1000003 + static_cast<std::uint64_t>(m_step)) * 1009 + worker * 127;
      for (const auto portion : portions(shares[worker].sequences, mostTokens)) {
        const SequenceLoss loss = backward(portion, worker, seed++, unheld);
        shares[worker].loss.sum += loss.sum;
        shares[worker].loss.each.insert(shares[worker].loss.each.end(), loss.each.begin(), loss.each.end());
      }
    }
  });
}

double ParameterTrainer::gatherGradients() {
  std::vector<std::vector<at::Tensor>> ofWorkers;
  std::vector<at::Tensor> squares;
  for (std::size_t worker = 0; worker < m_workers; ++worker) ofWorkers.push_back(leavesOf(worker));
  for (std::size_t i = 0; i < m_parameters.size(); ++i) {
    at::Tensor sum;
    for (const auto& tensors : ofWorkers) {
      at::Tensor gradient = tensors[i].grad();
      if (!gradient.defined()) continue;
      sum = sum.defined() ? sum.add_(gradient) : gradient;
    }
    m_parameters[i].mutable_grad() = sum.defined() ? sum : at::zeros_like(m_parameters[i]);
    squares.push_back(m_parameters[i].grad().square().sum());
  }
  // Asked for once: each answer of another device waits for all that it has to do.
  return std::sqrt(at::stack(squares).to(at::kDouble).sum().item<double>());
}

Outcome<TrainingStep> ParameterTrainer::step(std::span<const TrainingSequence> sequences, const JobContext& context) {
  for (std::size_t worker = 0; worker < m_workers; ++worker)
    for (const at::Tensor& leaf : leavesOf(worker)) leaf.mutable_grad().reset();
  std::vector<Share> shares = shared(sequences);
  run(shares, context);
  TrainingStep facts{.step = m_step, .learningRate = m_settings.schedule.at(m_step, m_settings.steps)};
  for (const Share& share : shares) {
    facts.loss += share.loss.sum;
    for (std::size_t i = 0; i < share.sequences.size(); ++i) {
      facts.tokens += lengthOf(share.sequences[i]);
      if (!std::isfinite(share.loss.each[i]))
        return notFinite(m_step, "sequence " + std::to_string(share.sequences[i] - sequences.data() + 1) + " of " +
                                     std::to_string(sequences.size()) + " has loss " +
                                     std::to_string(share.loss.each[i]));
    }
  }
  const at::NoGradGuard plain;
  facts.gradientNorm = gatherGradients();
  if (!std::isfinite(facts.gradientNorm))
    return notFinite(m_step, "a gradient of norm " + std::to_string(facts.gradientNorm));
  // The loss of a step is the mean over its sequences.
  const double count = static_cast<double>(std::max<std::size_t>(sequences.size(), 1));
  facts.loss /= count;
  facts.gradientNorm /= count;
  double factor = 1 / count;
  if (m_settings.largestNorm > 0 && facts.gradientNorm > m_settings.largestNorm)
    factor *= m_settings.largestNorm / facts.gradientNorm;
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : m_parameters) gradients.push_back(parameter.grad());
  at::_foreach_mul_(gradients, factor);
  m_optimizer->step(facts.learningRate);
  ++m_step;
  return facts;
}

std::vector<at::Tensor> ParameterTrainer::state() const {
  std::vector<at::Tensor> all = m_parameters;
  const std::vector<at::Tensor> memory = m_optimizer->memory();
  all.insert(all.end(), memory.begin(), memory.end());
  return all;
}

Outcome<Done> ParameterTrainer::restore(std::span<const at::Tensor> stored, std::int64_t steps) {
  const std::vector<at::Tensor> own = state();
  const bool fits = stored.size() == own.size() && std::ranges::equal(own, stored, [](const auto& a, const auto& b) {
                      return a.sizes() == b.sizes();
                    });
  if (!fits) {
    return Error{.code = "TRAIN-02",
                 .what = "the checkpoint is of another training",
                 .file = {},
                 .field = "adapter",
                 .found = std::to_string(stored.size()) + " tensors",
                 .expected = std::to_string(own.size()) + " tensors of the shapes that these settings give",
                 .advice = "Go on with the settings that the checkpoint was made with."};
  }
  const at::NoGradGuard plain;
  for (std::size_t i = 0; i < own.size(); ++i) own[i].copy_(stored[i]);
  m_step = steps;
  m_optimizer->setSteps(steps);
  return Done{};
}

}  // namespace patchbay
