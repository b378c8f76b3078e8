#pragma once

#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

namespace patchbay {

struct NeuronsResult;

/// The neurons of one MLP that write most at a token, and the words they push for.
///
/// The token may be one of the `continueTokens` greedy ones that the model adds to the prompt.
struct NeuronsRequest {
  using Result = NeuronsResult;
  static constexpr const char* kKind = "neurons";
  ModelRef model;
  Prompt prompt;
  int layer = -1;
  int token = -1;  ///< negative counts from the end
  int count = 24;  ///< of neurons
  int words = 8;   ///< of each neuron, up and down
  int continueTokens = 0;
  bool operator==(const NeuronsRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(NeuronsRequest, model, prompt, layer, token, count, words, continueTokens)
};

/// One neuron: its activation (gate times up) at the token, the length of what it writes there, and the tokens whose
/// logits its output direction raises and lowers most, read through the final norm's weights and the unembedding (Geva
/// et al. 2022, section 3). Logits are for a unit of activation of either sign as it stands at the token.
struct NeuronFact {
  int neuron = 0;
  float value = 0;
  float written = 0;  ///< |activation| |w_down|, residual-stream units
  std::vector<RankedToken> raised, lowered;
  bool operator==(const NeuronFact&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(NeuronFact, neuron, value, written, raised, lowered)
};

/// Strongest first.
///
/// Shapes   activations [count, T], of the same neurons at every token.
struct NeuronsResult {
  std::vector<TokenFact> tokens;
  int layer = 0, token = 0;  ///< resolved, counted from 0
  std::vector<NeuronFact> neurons;
  float mlpNorm = 0;  ///< of the whole MLP's output at the token
  HostArray activations;
  int grown = 0;  ///< of the tokens, the last ones that the run itself added
  double seconds = 0;
  bool operator==(const NeuronsResult&) const = default;

  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<NeuronsResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
