#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

namespace patchbay {

struct AttentionResult;

/// The most shares that one result holds, 128 MB.
inline constexpr std::int64_t kMostAttentionValues = std::int64_t{1} << 25;

/// Which tokens every head reads from: of the prompt, and of the `continueTokens` greedy tokens that the model adds.
struct AttentionRequest {
  using Result = AttentionResult;
  static constexpr const char* kKind = "attention";
  ModelRef model;
  Prompt prompt;
  std::vector<int> layers = {};  ///< empty: all
  int continueTokens = 0;
  bool operator==(const AttentionRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(AttentionRequest, model, prompt, layers, continueTokens)
};

/// Attention patterns, and how long the vectors are that they weigh.
///
/// Shapes   pattern [N, H, T, T]: share of the query (third axis) that goes to the key (fourth); 0 above the diagonal.
///          valueNorms [N, H, T]: length of what the head would write for this key alone, |W_O v| (Kobayashi et al.
///          2020, section 3: the norm of the value-weighted vector is share times this).
struct AttentionResult {
  std::vector<TokenFact> tokens;
  std::vector<int> layers;
  HostArray pattern, valueNorms;
  int grown = 0;  ///< of the tokens, the last ones that the run itself added
  double seconds = 0;
  bool operator==(const AttentionResult&) const = default;

  [[nodiscard]] int heads() const { return static_cast<int>(pattern.extent(1)); }
  [[nodiscard]] int tokenCount() const { return static_cast<int>(tokens.size()); }
  /// The shares of one query, [T].
  [[nodiscard]] std::span<const float> shares(int layerIndex, int head, int query) const;
  /// Share times length of the value of one key, in residual-stream units.
  [[nodiscard]] float weighted(int layerIndex, int head, int query, int key) const;
  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<AttentionResult> fromDocument(const ResultDocument& document);
};

/// What one number says of a head, over all queries but the first (which can read only itself).
///
/// Entropy    mean entropy of the shares, bits.
/// Sink       mean share of token 0.
/// Previous   mean share of the token before the query.
/// Induction  mean share of the token after an earlier occurrence of the query's token; NaN where no token repeats.
enum class HeadScore { Entropy, Sink, Previous, Induction };
[[nodiscard]] float headScore(const AttentionResult& attention, HeadScore score, int layerIndex, int head);

}  // namespace patchbay
