#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/training_settings.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// Changes parameters by their gradients, and remembers what it needs for that.
///
/// Source   AdamW: Loshchilov and Hutter 2019, algorithm 2. Adafactor: Shazeer and Stern 2018, algorithms 4 and 5,
///          without relative step sizes and without momentum.
class Optimizer {
public:
  virtual ~Optimizer() = default;
  /// One step at a learning rate, for the gradients that the parameters hold.
  virtual void step(double learningRate) = 0;
  /// Everything remembered, in a fixed order; a step changes these tensors in place.
  [[nodiscard]] virtual std::vector<at::Tensor> memory() const = 0;
  /// Steps taken; set when a training goes on from a checkpoint.
  virtual void setSteps(std::int64_t steps) = 0;
};

/// Thread   that of the training.
[[nodiscard]] std::unique_ptr<Optimizer> makeOptimizer(const OptimizerSettings& settings,
                                                       std::vector<at::Tensor> parameters);

}  // namespace patchbay
