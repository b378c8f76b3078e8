#pragma once

#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

/// What activations look like as points: how long they are, which channels they live in, how they lie to each other.
namespace patchbay {

struct ExploreResult;

/// Activations of one site at every layer, of one prompt or of one or two lists of texts.
struct ExploreRequest {
  using Result = ExploreResult;
  static constexpr const char* kKind = "explore";
  ModelRef model;
  Prompt prompt;                    ///< explored when there are no texts
  std::vector<std::string> texts;   ///< the first group
  std::vector<std::string> others;  ///< the second group; may be empty
  std::string site = "resid_post";  ///< resid_post, resid_mid, attn_out or mlp_out
  bool lastOnly = false;            ///< of each text its last token alone
  bool withFirst = false;           ///< first tokens too; they are attention sinks and hide everything else
  int continueTokens = 0;           ///< greedy tokens that the model adds to the prompt, places too; not with texts
  bool operator==(const ExploreRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ExploreRequest, model, prompt, texts, others, site, lastOnly, withFirst,
                                              continueTokens)
};

/// One text that was explored.
struct ExploredText {
  std::vector<TokenFact> tokens;
  bool isOther = false;  ///< of the second group
  bool operator==(const ExploredText&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ExploredText, tokens, isOther)
};

/// A place whose activations are points: a token of a text.
struct ExploredPlace {
  int text = 0, token = 0;
  bool operator==(const ExploredPlace&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ExploredPlace, text, token)
};

/// Activations of N places at L layers.
///
/// norms [L, N]: lengths, residual-stream units.
/// points [L, N, 3]: coordinates along the first three principal components of the layer's N centred activations; each
/// component points the way in which it agrees with the layer below. explained [L, 3]: shares of the variance.
/// cosines [L, M, M]: between the places `compared` (all, or 64 of them evenly chosen), of activations as they are.
/// channels [L, C]: the channels with the largest mean square, largest first; channelShare [L, C]: each one's share of
/// the mean squared length; channelMean [L, C]: its mean, residual-stream units.
/// Source  Dettmers et al. 2022, section 4, and Sun et al. 2024 for channels that stand out.
struct ExploreResult {
  std::vector<ExploredText> texts;
  std::vector<ExploredPlace> places;
  std::vector<int> compared;  ///< numbers of places
  std::string site = "resid_post";
  int width = 0;
  int leftOut = 0;  ///< first tokens that are no places
  int grown = 0;    ///< of the tokens of the prompt, the last ones that the run itself added
  HostArray norms, points, explained, cosines, channels, channelShare, channelMean;
  double seconds = 0;
  bool operator==(const ExploreResult&) const = default;

  [[nodiscard]] int layers() const { return static_cast<int>(norms.extent(0)); }
  [[nodiscard]] int placeCount() const { return static_cast<int>(places.size()); }
  [[nodiscard]] const TokenFact& tokenOf(int place) const;
  [[nodiscard]] bool isOther(int place) const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<ExploreResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
