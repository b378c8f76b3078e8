#include "core/decoder/wish_target.h"

#include <numeric>

#include <ATen/core/grad_mode.h>

#include "core/train/state_graph.h"

namespace patchbay {
namespace {

std::unique_ptr<Optimizer> adamOf(const std::vector<at::Tensor>& parameters) {
  OptimizerSettings adam;
  adam.weightDecay = 0;
  adam.beta2 = 0.99;
  return makeOptimizer(adam, parameters);
}

class VectorTarget : public WishTarget {
public:
  VectorTarget(const at::TensorOptions& options, std::int64_t width, double largestNorm)
      : m_vector(at::zeros({width}, options)), m_largestNorm(largestNorm) {
    m_vector.mutable_grad() = at::zeros_like(m_vector);
    m_optimizer = adamOf({m_vector});
  }

  std::vector<at::Tensor> states(Texts texts, const JobContext&) override {
    std::vector<at::Tensor> moved;
    for (const OwnText* text : texts) {
      const at::Tensor& plain = text->sequence.states;
      moved.push_back(plain + m_vector);
      moved.back()[0].copy_(plain[0]);
    }
    return moved;
  }

  void descend(std::span<const at::Tensor> slopes, double rate, const JobContext&) override {
    at::Tensor& gradient = m_vector.mutable_grad();
    gradient.zero_();
    for (const at::Tensor& slope : slopes) gradient.add_(slope.narrow(0, 1, slope.size(0) - 1).sum(0));
    m_optimizer->step(rate);
    if (const double length = norm(); length > m_largestNorm) m_vector.mul_(m_largestNorm / length);
  }

  [[nodiscard]] double norm() const override { return m_vector.norm().item<double>(); }
  [[nodiscard]] at::Tensor shift() const override { return m_vector; }

private:
  at::Tensor m_vector;
  double m_largestNorm;
  std::unique_ptr<Optimizer> m_optimizer;
};

class AdapterTarget : public WishTarget {
public:
  AdapterTarget(const SequenceLearner& learner, int layer, int rank, double largestNorm, std::uint64_t seed)
      : m_learner(learner), m_layer(layer), m_largestNorm(largestNorm) {
    LowRankConfig config{.rank = rank, .alpha = 2.0 * rank};
    config.layers.resize(static_cast<std::size_t>(layer) + 1);
    std::iota(config.layers.begin(), config.layers.end(), 0);
    m_adapter = adapterOn(freshAdapter(learner.config(), config, seed), learner.device());
    for (at::Tensor& tensor : m_adapter.tensors()) tensor.set_requires_grad(true);
    m_optimizer = adamOf(m_adapter.tensors());
    m_shift = at::zeros({learner.config().width}, at::TensorOptions(at::kFloat).device(learner.device()));
  }

  std::vector<at::Tensor> states(Texts texts, const JobContext& context) override {
    std::vector<const TrainingSequence*> sequences;
    for (const OwnText* text : texts) sequences.push_back(&text->sequence);
    m_graph.emplace(m_learner, sequences, AdapterUse{.adapter = &m_adapter}, m_layer, context);
    std::vector<at::Tensor> moved = m_graph->states();
    // A fresh adapter changes nothing: what differs is the order of sums.
    if (!m_isFresh) measure(texts, moved);
    return moved;
  }

  void descend(std::span<const at::Tensor> slopes, double rate, const JobContext& context) override {
    for (at::Tensor& tensor : m_adapter.tensors()) tensor.mutable_grad().reset();
    m_graph->backward(slopes, context);
    m_graph.reset();
    const at::NoGradGuard plain;
    for (at::Tensor& tensor : m_adapter.tensors())
      if (!tensor.grad().defined()) tensor.mutable_grad() = at::zeros_like(tensor);
    m_optimizer->step(rate);
    m_isFresh = false;
    if (m_norm > m_largestNorm) shrink(m_largestNorm / m_norm);
  }

  void settle(std::span<const OwnText> texts, const JobContext& context) override {
    // What states move by is nearly, but not quite, in proportion to `up`.
    for (int attempt = 0; attempt < kSettlings; ++attempt) {
      double norms = 0;
      at::Tensor shifts = at::zeros_like(m_shift);
      for (const OwnText& text : texts) {
        const OwnText* one = &text;
        (void)states({&one, 1}, context);
        m_graph.reset();
        norms += m_norm;
        shifts.add_(m_shift);
      }
      m_norm = norms / static_cast<double>(texts.size());
      m_shift = shifts / static_cast<double>(texts.size());
      if (!(m_norm > m_largestNorm)) return;
      shrink(kInside * m_largestNorm / m_norm);
    }
  }

  [[nodiscard]] double norm() const override { return m_norm; }
  [[nodiscard]] at::Tensor shift() const override { return m_shift; }
  [[nodiscard]] const Adapter* adapter() const override { return &m_adapter; }

private:
  static constexpr int kSettlings = 4;
  static constexpr double kInside = 0.98;

  /// How far texts are moved, and where to in the mean; first tokens, attention sinks, left out.
  void measure(Texts texts, const std::vector<at::Tensor>& moved) {
    const at::NoGradGuard plain;
    std::vector<at::Tensor> apart;
    for (std::size_t i = 0; i < moved.size(); ++i)
      apart.push_back((moved[i] - texts[i]->sequence.states).narrow(0, 1, moved[i].size(0) - 1));
    const at::Tensor all = at::cat(apart);
    m_shift = all.mean(0);
    m_norm = all.norm(2, {-1}).mean().item<double>();
  }
  void shrink(double factor) {
    const at::NoGradGuard plain;
    for (auto& block : m_adapter.blocks)
      for (LowRankPair& pair : block)
        if (!pair.isEmpty()) pair.up.mul_(factor);
  }

  const SequenceLearner& m_learner;
  int m_layer;
  bool m_isFresh = true;
  double m_largestNorm, m_norm = 0;
  Adapter m_adapter;
  at::Tensor m_shift;
  std::optional<StateGraph> m_graph;
  std::unique_ptr<Optimizer> m_optimizer;
};

}  // namespace

void WishTarget::settle(std::span<const OwnText>, const JobContext&) {}

std::unique_ptr<WishTarget> vectorTarget(const at::TensorOptions& options, std::int64_t width, double largestNorm) {
  return std::make_unique<VectorTarget>(options, width, largestNorm);
}

std::unique_ptr<WishTarget> adapterTarget(const SequenceLearner& learner, int layer, int rank, double largestNorm,
                                          std::uint64_t seed) {
  return std::make_unique<AdapterTarget>(learner, layer, rank, largestNorm, seed);
}

}  // namespace patchbay
