#pragma once

#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

namespace patchbay {

struct AttributionResult;

/// Direct logit attribution: what every part of the model adds to a logit by itself, through the final norm and the
/// unembedding alone. Exact, since the residual stream is a sum; what a part does through later parts is not in it.
struct AttributionRequest {
  using Result = AttributionResult;
  static constexpr const char* kKind = "attribution";
  ModelRef model;
  Prompt prompt;
  int token = -1;            ///< where the logit is read; negative counts from the end
  std::string answer;        ///< its first token; empty: the model's own next token
  std::string against;       ///< its first token's logit is subtracted; empty: the model's second choice
  bool isDifference = true;  ///< false: the answer's logit alone
  bool operator==(const AttributionRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(AttributionRequest, model, prompt, token, answer, against, isDifference)
};

/// The parts of a logit (difference), in nats. Their sum is `total` up to rounding.
///
/// Shapes   heads [L, H]; mlps [L]; attentionBias [L], the bias of the attention output, which belongs to no head (0
/// where
///          the model has none); headTokens [L, H, T], a head's part split by the token it was read from (sums over T
///          to `heads`).
struct AttributionResult {
  std::vector<TokenFact> tokens;
  int token = 0;  ///< resolved, counted from 0
  TokenFact answer, against;
  bool isDifference = true;
  float embedding = 0;
  float total = 0;  ///< the logit (difference) of the model itself
  HostArray heads, mlps, attentionBias, headTokens;
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const AttributionResult&) const = default;

  [[nodiscard]] int layers() const { return static_cast<int>(heads.extent(0)); }
  [[nodiscard]] int headCount() const { return static_cast<int>(heads.extent(1)); }
  /// All heads of a layer and the bias.
  [[nodiscard]] float attention(int layer) const;
  /// Embedding and all parts up to a layer, that layer included.
  [[nodiscard]] float upTo(int layer) const;
  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<AttributionResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
