#include "core/model/rope.h"

#include <cmath>
#include <numbers>

namespace patchbay {
namespace {

using std::numbers::pi;

std::vector<double> plainFrequencies(double theta, int headWidth) {
  std::vector<double> inverse(static_cast<std::size_t>(headWidth / 2));
  for (std::size_t i = 0; i < inverse.size(); ++i)
    inverse[i] = 1 / std::pow(theta, 2.0 * static_cast<double>(i) / headWidth);
  return inverse;
}

void scaleLlama3(std::vector<double>& inverse, const RopeConfig& rope) {
  const double lowWave = rope.originalContext / rope.lowFrequencyFactor;
  const double highWave = rope.originalContext / rope.highFrequencyFactor;
  for (double& f : inverse) {
    const double wave = 2 * pi / f;
    if (wave < highWave) continue;
    if (wave > lowWave) {
      f /= rope.factor;
      continue;
    }
    const double smooth =
        (rope.originalContext / wave - rope.lowFrequencyFactor) / (rope.highFrequencyFactor - rope.lowFrequencyFactor);
    f = (1 - smooth) * f / rope.factor + smooth * f;
  }
}

void scaleYarn(std::vector<double>& inverse, const RopeConfig& rope, int headWidth) {
  const auto dimensionOf = [&](double rotations) {
    return headWidth * std::log(rope.originalContext / (rotations * 2 * pi)) / (2 * std::log(rope.theta));
  };
  const double low = std::max(std::floor(dimensionOf(rope.betaFast)), 0.0);
  double high = std::min(std::ceil(dimensionOf(rope.betaSlow)), headWidth - 1.0);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < inverse.size(); ++i) {
    const double ramp = std::min(std::max((static_cast<double>(i) - low) / (high - low), 0.0), 1.0);
    inverse[i] = inverse[i] / rope.factor * ramp + inverse[i] * (1 - ramp);
  }
}

}  // namespace

RopeFrequencies ropeFrequencies(const RopeConfig& rope, int headWidth, int contextLength, std::int64_t total) {
  RopeFrequencies result{.inverse = plainFrequencies(rope.theta, headWidth), .amplitude = 1};
  switch (rope.scaling) {
    case RopeScaling::None: break;
    case RopeScaling::Linear:
      for (double& f : result.inverse) f /= rope.factor;
      break;
    case RopeScaling::Dynamic:
      if (total > contextLength) {
        const double stretch = rope.factor * static_cast<double>(total) / contextLength - (rope.factor - 1);
        const double base = rope.theta * std::pow(stretch, headWidth / (headWidth - 2.0));
        result.inverse = plainFrequencies(base, headWidth);
      }
      break;
    case RopeScaling::Yarn:
      scaleYarn(result.inverse, rope, headWidth);
      result.amplitude = rope.attentionFactor.value_or(rope.factor <= 1 ? 1.0 : 0.1 * std::log(rope.factor) + 1);
      break;
    case RopeScaling::Llama3: scaleLlama3(result.inverse, rope); break;
    case RopeScaling::Factors:
      for (std::size_t i = 0; i < result.inverse.size(); ++i) result.inverse[i] /= rope.divisors[i];
      break;
  }
  return result;
}

RopeTable::RopeTable(const ModelConfig& config, at::TensorOptions options) : m_config(config), m_options(options) {}

RopeTable::Angles RopeTable::at(std::int64_t first, std::int64_t count, std::int64_t total) {
  const bool isDynamic = m_config.rope.scaling == RopeScaling::Dynamic && total > m_config.contextLength;
  const std::int64_t wanted = isDynamic ? total : 0;
  if (!m_cosines.defined() || m_cosines.size(0) < first + count || m_builtFor != wanted) {
    build(std::max<std::int64_t>(first + count, 256), wanted);
  }
  return {m_cosines.narrow(0, first, count), m_sines.narrow(0, first, count)};
}

void RopeTable::build(std::int64_t positions, std::int64_t total) {
  const RopeFrequencies frequencies = ropeFrequencies(m_config.rope, m_config.headWidth, m_config.contextLength, total);
  // Angles as float32 products of float32 factors: what the reference implementation computes.
  std::vector<float> inverse(frequencies.inverse.begin(), frequencies.inverse.end());
  const at::Tensor steps = at::tensor(at::ArrayRef<float>(inverse));
  const std::int64_t rounded = (positions + 255) / 256 * 256;
  const at::Tensor angles = at::outer(at::arange(rounded, at::kFloat), steps);  // [P, K/2]
  m_cosines = (angles.cos() * frequencies.amplitude).contiguous().to(m_options.device());
  m_sines = (angles.sin() * frequencies.amplitude).contiguous().to(m_options.device());
  m_builtFor = total;
}

}  // namespace patchbay
