#pragma once

#include "core/model/model_config.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// Cosines and sines of the rotary positions, computed once up to the longest prompt seen.
///
/// Thread   one computation at a time (the engine's thread).
class RopeTable {
public:
  RopeTable() = default;
  RopeTable(const ModelConfig& config, at::TensorOptions options);

  struct Angles {
    at::Tensor cosines, sines;  ///< [T, K/2] float32
  };
  /// The angles of positions first .. first + count - 1 in a sequence of `total` tokens.
  [[nodiscard]] Angles at(std::int64_t first, std::int64_t count, std::int64_t total);

private:
  void build(std::int64_t positions, std::int64_t total);

  ModelConfig m_config;
  at::TensorOptions m_options;
  at::Tensor m_cosines, m_sines;  // [P, K/2]
  std::int64_t m_builtFor = 0;    // sequence length a Dynamic table was made for
};

/// Inverse frequencies [K/2] and the factor on cosines and sines, for a sequence of `total` tokens.
/// Source   Peng et al. 2023, YaRN, eqs. 17 to 22; the Llama 3.1 report for its piecewise rule.
struct RopeFrequencies {
  std::vector<double> inverse;
  double amplitude = 1;
};
[[nodiscard]] RopeFrequencies ropeFrequencies(const RopeConfig& rope, int headWidth, int contextLength,
                                              std::int64_t total);

}  // namespace patchbay
