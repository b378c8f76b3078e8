#include "core/analysis/lens_descent.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/captured_run.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr double kRate = 3e-4, kFirstDecay = 0.9, kSecondDecay = 0.99, kTiny = 1e-8;
/// Tokens of one step; bounds the logits that are held, 50 MB for a vocabulary of 50,000.
constexpr std::int64_t kMostTokens = 256;

/// A value with Adam's moments (Kingma and Ba 2015, algorithm 1).
struct Learned {
  at::Tensor value, first, second;

  explicit Learned(at::Tensor start)
      : value(std::move(start)), first(at::zeros_like(value)), second(at::zeros_like(value)) {}

  void descend(const at::Tensor& gradient, int step, double rate) {
    first.mul_(kFirstDecay).add_(gradient, 1 - kFirstDecay);
    second.mul_(kSecondDecay).addcmul_(gradient, gradient, 1 - kSecondDecay);
    const double firstScale = 1 / (1 - std::pow(kFirstDecay, step)),
                 secondScale = 1 / (1 - std::pow(kSecondDecay, step));
    value.addcdiv_(first * firstScale, (second * secondScale).sqrt_().add_(kTiny), -rate);
  }
};

/// The lens of states [n, D] and how its divergence from `own` [n, V] (log-probabilities) changes with them.
class Divergence {
public:
  explicit Divergence(const LanguageModel& model)
      : m_transformer(*model.transformer),
        m_unembedding(m_transformer.weights().unembedding.dense()),
        m_norm(m_transformer.weights().finalNorm.to(at::kFloat)) {}

  [[nodiscard]] at::Tensor logProbabilities(const at::Tensor& states) const {
    const at::Tensor normed = m_transformer.finalNorm(states.to(m_transformer.options()));
    return at::log_softmax(m_transformer.unembed(normed).to(at::kFloat), -1);
  }

  /// d mean KL / d states, [n, D]: softmax less own, back through unembedding and RMS norm.
  [[nodiscard]] at::Tensor gradient(const at::Tensor& states, const at::Tensor& own) const {
    const at::Tensor logitsGradient =
        (logProbabilities(states).exp_() - own.exp()).div_(static_cast<double>(states.size(0)));
    const at::Tensor weighted = at::mm(logitsGradient, m_unembedding.to(at::kFloat)) * m_norm;  // [n, D]
    const at::Tensor scale = at::rsqrt(states.square().mean(-1, true) + m_transformer.config().normEps);
    const at::Tensor along = (weighted * states).mean(-1, true);
    return scale * weighted - scale.pow(3) * states * along;
  }

private:
  const Transformer& m_transformer;
  at::Tensor m_unembedding;  // [V, D]
  at::Tensor m_norm;         // [D]
};

struct States {
  at::Tensor layers;  // [L, n, D]
  at::Tensor last;    // [n, D]
};

/// The first token, an attention sink, is left out.
States statesOf(LanguageModel& model, const std::vector<std::int32_t>& text, const JobContext& context) {
  const std::vector<std::int32_t> ids(text.begin(),
                                      text.begin() + std::min<std::int64_t>(std::ssize(text), kMostTokens + 1));
  const at::Tensor residuals = captureResiduals(model, ids, context).residuals.to(at::kFloat);
  const at::Tensor behind = residuals.narrow(1, 1, residuals.size(1) - 1);
  return {behind, behind[behind.size(0) - 1]};
}

}  // namespace

void descendLens(LanguageModel& model, AffineMap& map, const std::vector<std::vector<std::int32_t>>& texts, int steps,
                 JobContext& context) {
  std::vector<std::vector<std::int32_t>> usable;
  std::ranges::copy_if(texts, std::back_inserter(usable), [](const auto& ids) { return ids.size() > 1; });
  if (usable.empty() || steps < 1) return;
  const Divergence divergence(model);
  std::vector<Learned> matrices, offsets;
  const at::Device device = model.transformer->options().device();
  const at::Tensor startMatrices = toTensor(map.matrices).clone().to(device),
                   startOffsets = toTensor(map.offsets).clone().to(device);
  for (std::int64_t pair = 0; pair < startMatrices.size(0); ++pair) {
    matrices.emplace_back(startMatrices[pair]);
    offsets.emplace_back(startOffsets[pair]);
  }
  for (int step = 1; step <= steps; ++step) {
    const States states = statesOf(model, usable[static_cast<std::size_t>(step - 1) % usable.size()], context);
    const at::Tensor own = divergence.logProbabilities(states.last);
    const double rate = kRate * (1 - static_cast<double>(step - 1) / steps);
    for (std::size_t pair = 0; pair < matrices.size(); ++pair) {
      context.checkpoint();
      const int layer = map.sourceLayers[pair];
      if (layer == model.card.layers - 1) continue;
      const at::Tensor x = states.layers[layer];
      // States are scaled to unit mean square, so that one rate does for layers whose norms differ tenfold.
      const double size = x.square().mean().sqrt().item<double>();
      const at::Tensor y = at::addmm(offsets[pair].value, x, matrices[pair].value);
      const at::Tensor slope = divergence.gradient(y, own);
      matrices[pair].descend(at::mm(x.t(), slope), step, rate / std::max(size, 1e-6));
      offsets[pair].descend(slope.sum(0), step, rate);
    }
    context.progress("Descending the divergence", "steps", step, steps);
  }
  std::vector<at::Tensor> newMatrices, newOffsets;
  for (std::size_t pair = 0; pair < matrices.size(); ++pair) {
    newMatrices.push_back(matrices[pair].value);
    newOffsets.push_back(offsets[pair].value);
  }
  map.matrices = toHost(at::stack(newMatrices), map.matrices.axes(), map.matrices.unit());
  map.offsets = toHost(at::stack(newOffsets), map.offsets.axes(), map.offsets.unit());
  map.method = "KL of the lens";
}

std::vector<float> lensDivergence(LanguageModel& model, const AffineMap& map,
                                  const std::vector<std::vector<std::int32_t>>& texts, JobContext& context) {
  const Divergence divergence(model);
  const at::Device device = model.transformer->options().device();
  const at::Tensor matrices = toTensor(map.matrices).to(device), offsets = toTensor(map.offsets).to(device);
  std::vector<double> sums(map.sourceLayers.size(), 0);
  std::int64_t tokens = 0;
  for (const auto& text : texts) {
    if (text.size() < 2) continue;
    const States states = statesOf(model, text, context);
    const at::Tensor own = divergence.logProbabilities(states.last);
    for (std::size_t pair = 0; pair < sums.size(); ++pair) {
      context.checkpoint();
      const auto number = static_cast<std::int64_t>(pair);
      const at::Tensor lens = divergence.logProbabilities(
          at::addmm(offsets[number], states.layers[map.sourceLayers[pair]], matrices[number]));
      sums[pair] += (own.exp() * (own - lens)).sum().item<double>() / std::log(2.0);
    }
    tokens += states.last.size(0);
  }
  std::vector<float> means;
  for (const double sum : sums)
    means.push_back(tokens > 0 ? static_cast<float>(sum / static_cast<double>(tokens)) : 0.0F);
  return means;
}

}  // namespace patchbay
