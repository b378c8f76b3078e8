#include "core/train/optimizer.h"

#include <algorithm>
#include <cmath>

namespace patchbay {
namespace {

class AdamW : public Optimizer {
public:
  AdamW(const OptimizerSettings& settings, std::vector<at::Tensor> parameters)
      : m_settings(settings), m_parameters(std::move(parameters)) {
    for (const at::Tensor& parameter : m_parameters) {
      m_means.push_back(at::zeros_like(parameter));
      m_squares.push_back(at::zeros_like(parameter));
      m_steps.push_back(at::zeros({}, parameter.options().dtype(at::kFloat)));
    }
  }

  void step(double learningRate) override {
    std::vector<at::Tensor> gradients;
    gradients.reserve(m_parameters.size());
    for (const at::Tensor& parameter : m_parameters) gradients.push_back(parameter.grad());
    at::_foreach_add_(m_steps, 1);
    at::_fused_adamw_(m_parameters, gradients, m_means, m_squares, {}, m_steps, learningRate, m_settings.beta1,
                      m_settings.beta2, m_settings.weightDecay, m_settings.epsilon, /*amsgrad=*/false,
                      /*maximize=*/false);
  }

  [[nodiscard]] std::vector<at::Tensor> memory() const override {
    std::vector<at::Tensor> all = m_means;
    all.insert(all.end(), m_squares.begin(), m_squares.end());
    return all;
  }

  void setSteps(std::int64_t steps) override {
    for (at::Tensor& step : m_steps) step.fill_(steps);
  }

private:
  OptimizerSettings m_settings;
  std::vector<at::Tensor> m_parameters, m_means, m_squares, m_steps;
};

/// Means of squared gradients by row and by column instead of one by one.
class Adafactor : public Optimizer {
public:
  Adafactor(const OptimizerSettings& settings, std::vector<at::Tensor> parameters)
      : m_settings(settings), m_parameters(std::move(parameters)) {
    for (const at::Tensor& parameter : m_parameters) {
      m_rows.push_back(at::zeros({parameter.size(0)}, parameter.options()));
      m_columns.push_back(at::zeros({parameter.size(1)}, parameter.options()));
    }
  }

  void step(double learningRate) override {
    constexpr double kTiny = 1e-30, kLargestUpdate = 1;
    ++m_steps;
    const double keep = 1 - std::pow(static_cast<double>(m_steps), -0.8);
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
      const at::Tensor gradient = m_parameters[i].grad();
      const at::Tensor squares = gradient.square().add_(kTiny);
      m_rows[i].mul_(keep).add_(squares.mean(1), 1 - keep);
      m_columns[i].mul_(keep).add_(squares.mean(0), 1 - keep);
      const at::Tensor byRow = (m_rows[i] / m_rows[i].mean()).rsqrt().unsqueeze(1);
      at::Tensor update = gradient * byRow * m_columns[i].rsqrt();
      const double size = update.square().mean().sqrt().item<double>();
      update.div_(std::max(1.0, size / kLargestUpdate));
      m_parameters[i].mul_(1 - learningRate * m_settings.weightDecay).sub_(update, learningRate);
    }
  }

  [[nodiscard]] std::vector<at::Tensor> memory() const override {
    std::vector<at::Tensor> all = m_rows;
    all.insert(all.end(), m_columns.begin(), m_columns.end());
    return all;
  }

  void setSteps(std::int64_t steps) override { m_steps = steps; }

private:
  OptimizerSettings m_settings;
  std::vector<at::Tensor> m_parameters, m_rows, m_columns;
  std::int64_t m_steps = 0;
};

}  // namespace

std::unique_ptr<Optimizer> makeOptimizer(const OptimizerSettings& settings, std::vector<at::Tensor> parameters) {
  if (settings.kind == OptimizerKind::Adafactor) return std::make_unique<Adafactor>(settings, std::move(parameters));
  return std::make_unique<AdamW>(settings, std::move(parameters));
}

}  // namespace patchbay
