#pragma once

#include <cstdint>

#include "core/data/json.h"

namespace patchbay {

enum class OptimizerKind { AdamW, Adafactor };
enum class ScheduleKind { Linear, Cosine, Constant };
/// What products with the weights of blocks are computed in; all else is float32 in any case.
/// Fastest  bfloat16 where the processor multiplies it and on other devices, else float32.
enum class ComputeKind { Fastest, Float32, BFloat16 };
NLOHMANN_JSON_SERIALIZE_ENUM(ComputeKind, {{ComputeKind::Fastest, "fastest"},
                                           {ComputeKind::Float32, "f32"},
                                           {ComputeKind::BFloat16, "bf16"}})
NLOHMANN_JSON_SERIALIZE_ENUM(OptimizerKind, {{OptimizerKind::AdamW, "adamw"}, {OptimizerKind::Adafactor, "adafactor"}})
NLOHMANN_JSON_SERIALIZE_ENUM(ScheduleKind, {{ScheduleKind::Linear, "linear"},
                                            {ScheduleKind::Cosine, "cosine"},
                                            {ScheduleKind::Constant, "constant"}})

struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::AdamW;
  double beta1 = 0.9, beta2 = 0.98;  ///< AdamW
  double epsilon = 1e-8;             ///< AdamW
  double weightDecay = 0.01;         ///< decoupled
  bool operator==(const OptimizerSettings&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(OptimizerSettings, kind, beta1, beta2, epsilon, weightDecay)
};

/// How the learning rate goes: up over the first steps, then down to a share of its height at the last.
struct ScheduleSettings {
  ScheduleKind kind = ScheduleKind::Linear;
  double learningRate = 1e-3;  ///< its height
  std::int64_t warmUp = 30;    ///< steps
  double lastShare = 0.1;
  bool operator==(const ScheduleSettings&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ScheduleSettings, kind, learningRate, warmUp, lastShare)

  /// The learning rate of a step, counted from 0, of `steps` in all.
  [[nodiscard]] double at(std::int64_t step, std::int64_t steps) const;
};

struct TrainingSettings {
  std::int64_t steps = 1000;
  int batch = 16;          ///< sequences a step
  double largestNorm = 1;  ///< gradients are scaled down to this L2 norm over all parameters; 0: never
  int workers = 0;         ///< that share the sequences of a step, one core each; 0: one for each core
  ComputeKind compute = ComputeKind::Fastest;
  std::uint64_t seed = 1;  ///< of the fresh adapter, the order of the data and dropout
  OptimizerSettings optimizer = {};
  ScheduleSettings schedule = {};
  bool operator==(const TrainingSettings&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TrainingSettings, steps, batch, largestNorm, workers, compute, seed,
                                              optimizer, schedule)
};

}  // namespace patchbay
