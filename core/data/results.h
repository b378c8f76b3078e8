#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/data/generation.h"
#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/prompt.h"

/// What the engine answers. Each result turns into a `ResultDocument` for the session file and back; the round trip
/// is exact, so a recorded run shows the same picture without the model.
namespace patchbay {

/// A result as it is stored: a JSON body and named arrays.
struct ResultDocument {
  Json body;
  std::map<std::string, HostArray> arrays;
};

/// What a result that does not hold together is answered with; `field` is the first that does not fit.
[[nodiscard]] Error damagedResult(std::string field);

/// Token texts by id, for every id a result mentions.
using TokenTexts = std::map<std::int32_t, TokenFact>;

/// Logit lens of one prompt: p = softmax(W_U finalnorm(state)), each layer, each token.
///
/// Shapes   topIds, topP, topLogits [L, T, k] (best first; ids as whole floats); entropy, klToFinal, norm, cosToFinal
///          [L, T]; trackedP, trackedRank [N, L, T] (rank 1 is the best); tokenP, tokenRank, tokenEntropyBits [T]
///          (NaN at 0; the last two are empty in runs of before they were kept).
/// Units    entropy and KL in bits; norm in residual-stream units; p in [0, 1].
struct LensResult {
  std::vector<TokenFact> tokens;
  std::string site = "resid_post";  ///< whose states were read
  int head = -1;                    ///< of head_out
  std::string translator;           ///< name of the map of a tuned lens, "" for the logit lens
  int patches = 0;                  ///< states of other runs that stood in the run that was read
  std::string steeredBy;            ///< name of the vector that was at work in it, "" for none
  int grown = 0;                    ///< of the tokens, the last ones that the run itself added
  int ahead = 0;                    ///< of a future lens: how many tokens behind the next one it reads
  int layers = 0;
  std::vector<std::int32_t> trackedIds;
  std::vector<RankedToken> next;  ///< the model's own next-token distribution at the last token, best first
  HostArray topIds, topP, topLogits;
  HostArray entropyBits, klToFinalBits, norm, cosToFinal;
  HostArray trackedP, trackedRank;
  HostArray tokenP;            ///< p of each prompt token given those before it
  HostArray tokenRank;         ///< its rank in that distribution, 1 the likeliest
  HostArray tokenEntropyBits;  ///< entropy of that distribution
  TokenTexts texts;
  double seconds = 0;
  bool operator==(const LensResult&) const = default;

  [[nodiscard]] int tokenCount() const { return static_cast<int>(tokens.size()); }
  [[nodiscard]] int topCount() const { return static_cast<int>(topIds.extent(2)); }
  /// The k-th likeliest token of a cell.
  [[nodiscard]] RankedToken ranked(int layer, int token, int k) const;
  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<LensResult> fromDocument(const ResultDocument& document);
};

/// One patched forward pass of a Patchscope.
struct PatchscopeCell {
  int sourceLayer = 0;
  int targetLayer = 0;
  std::vector<RankedToken> top;
  Generation generation;          ///< greedy continuation, first token included
  int sourceToken = -1;           ///< where every token is read; -1: that of the result
  std::vector<float> asked = {};  ///< probability of each word that was asked for
  bool operator==(const PatchscopeCell&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchscopeCell, sourceLayer, targetLayer, top, generation, sourceToken,
                                              asked)
};

/// What the target says with the state in it, and three things to hold it against.
struct PatchscopeResult {
  std::vector<TokenFact> sourceTokens;
  std::vector<TokenFact> targetTokens;
  int sourceToken = 0;  ///< resolved, counted from 0
  int targetToken = 0;
  std::vector<PatchscopeCell> cells;
  std::vector<PatchscopeCell> lens;     ///< logit lens of the same source states, one per token and source layer
  std::vector<RankedToken> unpatched;   ///< the target's own answer, no patch
  std::vector<RankedToken> sourceNext;  ///< the source's own next-token distribution at the source token
  /// Probability of the source's own top next token, by source layer: in the cells on the diagonal, and in the lens.
  std::vector<float> finalTokenP, finalTokenLensP;
  std::vector<TokenFact> asked;       ///< the tokens that were asked for
  std::vector<float> askedUnpatched;  ///< how likely each is without the patch
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const PatchscopeResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchscopeResult, sourceTokens, targetTokens, sourceToken, targetToken,
                                              cells, lens, unpatched, sourceNext, finalTokenP, finalTokenLensP, asked,
                                              askedUnpatched, warnings, seconds)

  /// The token that a cell was read at.
  [[nodiscard]] int tokenOf(const PatchscopeCell& cell) const {
    return cell.sourceToken < 0 ? sourceToken : cell.sourceToken;
  }

  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<PatchscopeResult> fromDocument(const ResultDocument& document);
};

/// One token's probability before and after an edit.
struct TokenChange {
  TokenFact token;
  float plainP = 0, patchedP = 0;
  float plainLogit = 0, patchedLogit = 0;
  bool operator==(const TokenChange&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TokenChange, token, plainP, patchedP, plainLogit, patchedLogit)
};

/// The target's next-token distribution without and with the patch.
struct PatchResult {
  std::vector<TokenFact> sourceTokens, targetTokens;
  int sourceToken = 0, targetToken = 0;  ///< resolved, counted from 0
  std::vector<RankedToken> sourceNext;   ///< the source run's own answer
  std::vector<RankedToken> plain, patched;
  std::vector<TokenChange> changes;  ///< union of both top lists, largest |change of p| first
  float klBits = 0;                  ///< KL(plain || patched)
  Generation plainContinuation, patchedContinuation;
  std::vector<std::string> warnings;  ///< e.g. the edit cannot reach the read-out
  double seconds = 0;
  bool operator==(const PatchResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchResult, sourceTokens, targetTokens, sourceToken, targetToken,
                                              sourceNext, plain, patched, changes, klBits, plainContinuation,
                                              patchedContinuation, warnings, seconds)

  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<PatchResult> fromDocument(const ResultDocument& document);
};

/// Plain and steered continuation. Perplexities are of each continuation under the plain model.
struct SteerResult {
  std::vector<TokenFact> promptTokens;
  Generation plain, steered;
  float plainPerplexity = 0, steeredPerplexity = 0;
  float shareOfNorm = 0;  ///< |s v| over the mean residual norm at the (first) steered layer
  float klFirstBits = 0;  ///< KL(plain || steered) of the first new token
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const SteerResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(SteerResult, promptTokens, plain, steered, plainPerplexity,
                                              steeredPerplexity, shareOfNorm, klFirstBits, warnings, seconds)

  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<SteerResult> fromDocument(const ResultDocument& document);
};

/// One continuation.
struct GenerateResult {
  std::vector<TokenFact> promptTokens;
  Generation generation;
  double seconds = 0;
  bool operator==(const GenerateResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(GenerateResult, promptTokens, generation, seconds)

  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<GenerateResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
