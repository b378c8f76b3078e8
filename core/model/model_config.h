#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/checkpoint/checkpoint.h"

namespace patchbay {

enum class RopeScaling { None, Linear, Dynamic, Yarn, Llama3, Factors };

/// Rotary positions: base, and how they are stretched beyond the trained length.
struct RopeConfig {
  double theta = 10000;
  RopeScaling scaling = RopeScaling::None;
  double factor = 1;
  double originalContext = 0;             ///< trained length; the context length when the file does not say
  double lowFrequencyFactor = 1;          ///< llama3
  double highFrequencyFactor = 4;         ///< llama3
  double betaFast = 32, betaSlow = 1;     ///< yarn
  std::optional<double> attentionFactor;  ///< yarn; computed from `factor` when absent
  std::vector<float> divisors;            ///< Factors: one divisor a frequency, as GGUF's rope_freqs.weight
};

/// The sizes of a decoder-only transformer of the Llama family.
struct ModelConfig {
  std::string architecture;
  int layers = 0;
  int width = 0;          ///< D
  int heads = 0;          ///< H
  int keyValueHeads = 0;  ///< Hkv; divides H
  int headWidth = 0;      ///< K
  int mlpWidth = 0;       ///< F
  int vocabulary = 0;     ///< V
  int contextLength = 0;
  double normEps = 1e-5;
  bool isTied = false;
  bool hasAttentionBias = false;
  bool hasMlpBias = false;
  RopeConfig rope;
};

/// Reads and checks the sizes from config.json or GGUF metadata; nothing is believed before it is in range.
/// Errors   CONF-01 a field is missing, CONF-02 out of range or of the wrong type, CONF-03 an architecture or option
///          that this program does not compute, CONF-04 fields contradict one another.
[[nodiscard]] Outcome<ModelConfig> readConfig(const Checkpoint& checkpoint);

}  // namespace patchbay
