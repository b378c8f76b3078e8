#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

/// Grids of interventions: what does each place of the model contribute to an answer? Methods sections 1.1 and 4.5.
namespace patchbay {

/// What is done at each cell of the grid.
/// Denoise  the clean run's value is written into the corrupted run: what restores the answer.
/// Noise    the corrupted run's value is written into the clean run: what breaks it.
/// Zero     the clean run's value is replaced by zeros.
/// Mean     the clean run's value is replaced by its mean over other texts, all tokens but the first of each.
enum class GridMode { Denoise, Noise, Zero, Mean };
NLOHMANN_JSON_SERIALIZE_ENUM(GridMode, {{GridMode::Denoise, "denoise"},
                                        {GridMode::Noise, "noise"},
                                        {GridMode::Zero, "zero"},
                                        {GridMode::Mean, "mean"}})

/// Whether the other prompt's values are written; else only the clean prompt is run.
[[nodiscard]] constexpr bool usesTwoPrompts(GridMode mode) {
  return mode == GridMode::Denoise || mode == GridMode::Noise;
}

/// How a cell is scored.
/// LogitDifference  logit of the answer minus logit of the wrong token, nats.
/// Probability      p of the answer.
/// Kl               KL(clean run || cell), bits.
enum class GridMetric { LogitDifference, Probability, Kl };
NLOHMANN_JSON_SERIALIZE_ENUM(GridMetric, {{GridMetric::LogitDifference, "logit-difference"},
                                          {GridMetric::Probability, "probability"},
                                          {GridMetric::Kl, "kl"}})

struct PatchGridResult;

/// The values of the two runs as they are stream before the cells, in these lanes.
inline constexpr int kCleanLane = -1, kCorruptLane = -2;

/// One intervention for each layer and token, or for each layer and head.
struct PatchGridRequest {
  using Result = PatchGridResult;
  static constexpr const char* kKind = "patch-grid";
  ModelRef model;
  Prompt clean;
  Prompt corrupt;  ///< not used by Zero and Mean
  GridMode mode = GridMode::Denoise;
  std::string site =
      "resid_post";  ///< resid_pre, attn_out, resid_mid, mlp_out, resid_post: layer x token; head_out: layer x head
  GridMetric metric = GridMetric::LogitDifference;
  std::string answer;       ///< its first token is scored; empty: what the clean run says
  std::string wrong;        ///< empty: what the corrupted run says, or the clean run's second choice
  std::vector<int> layers;  ///< empty: all
  std::vector<int> tokens;  ///< of the run that is changed; empty: all. With head_out unused
  bool allTokens = false;   ///< head_out: at every token, not only at the last
  std::vector<std::string> meanTexts;
  /// Attribution patching: every cell from one backward pass, as the gradient of the metric times the change of the
  /// value (Nanda 2023; Syed et al. 2023, section 2). Denoise and Noise.
  bool isApproximate = false;
  /// Path patching: only what these parts read of the change counts, each directly, with everything between as it was
  /// (Wang et al. 2023, section 3.1). "L22.H4" a head, "L22.mlp" an MLP, several with + between them; or "logits", the
  /// read-out; empty: every path. Denoise and Noise, of attn_out, mlp_out and head_out.
  std::string receiver;
  bool operator==(const PatchGridRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchGridRequest, model, clean, corrupt, mode, site, metric, answer,
                                              wrong, layers, tokens, allTokens, meanTexts, isApproximate, receiver)
};

/// Where paths of a grid lead.
struct PathReceiver {
  enum class Part { Head, Mlp, Logits };
  Part part = Part::Logits;
  int layer = 0, head = 0;
};
/// Reads receivers, one or more; nothing when the text names none, or the read-out beside others.
[[nodiscard]] std::optional<std::vector<PathReceiver>> parseReceivers(const std::string& text);

/// The grid, and the two values it lies between.
///
/// Shapes   values [layers, columns]; columns are tokens of the changed run, or heads. NaN where nothing could be
///          written: the other prompt has no such token.
struct PatchGridResult {
  std::vector<TokenFact> cleanTokens, corruptTokens;
  std::vector<int> alignment;  ///< for each token of the changed run the token of the other one, -1 for none
  std::vector<int> layers;
  std::vector<int> columns;  ///< token or head numbers
  bool areHeads = false;
  bool isApproximate = false;
  GridMode mode = GridMode::Denoise;
  GridMetric metric = GridMetric::LogitDifference;
  std::string site;
  std::string receiver;  ///< "" for all paths
  TokenFact answer, wrong;
  float cleanValue = 0, corruptValue = 0;  ///< the metric of the two runs as they are; equal for Zero and Mean
  HostArray values;
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const PatchGridResult&) const = default;

  /// The tokens of the run that is changed.
  [[nodiscard]] const std::vector<TokenFact>& changedTokens() const {
    return mode == GridMode::Denoise ? corruptTokens : cleanTokens;
  }
  /// The tokens of the run whose values are written; the changed run's own for Zero and Mean.
  [[nodiscard]] const std::vector<TokenFact>& otherTokens() const {
    return mode == GridMode::Noise ? corruptTokens : cleanTokens;
  }
  /// The metric of the changed run without any intervention.
  [[nodiscard]] float baseValue() const { return mode == GridMode::Denoise ? corruptValue : cleanValue; }
  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<PatchGridResult> fromDocument(const ResultDocument& document);
};

/// For each token of `changed` the token of `other` in its place: the common beginning and the common end of both; what
/// lies between only if it is of the same length. -1 for none.
[[nodiscard]] std::vector<int> alignTokens(const std::vector<std::int32_t>& changed,
                                           const std::vector<std::int32_t>& other);

}  // namespace patchbay
