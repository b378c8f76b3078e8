#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/data/json.h"
#include "core/data/prompt.h"

namespace patchbay {

/// How new tokens are chosen. `temperature` 0 is greedy; topK 0 and topP 1 keep the whole distribution.
struct Sampling {
  int maxNewTokens = 32;
  float temperature = 0;
  int topK = 0;
  float topP = 1;
  std::uint64_t seed = 0;
  bool seedIsChosen = false;  ///< the person set it; otherwise automatic
  bool stopAtEndToken = true;
  bool operator==(const Sampling&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(Sampling, maxNewTokens, temperature, topK, topP, seed, seedIsChosen,
                                              stopAtEndToken)
};

/// One generated token, its probability under the run that made it, and what else was likely.
struct GeneratedToken {
  TokenFact token;
  float p = 0;
  float entropyBits = 0;
  std::vector<RankedToken> alternatives;  ///< best first, the chosen one included
  bool operator==(const GeneratedToken&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(GeneratedToken, token, p, entropyBits, alternatives)
};

/// A continuation.
struct Generation {
  std::vector<GeneratedToken> tokens;
  std::string text;  ///< the new tokens decoded together, without the token that ended them
  bool endedItself = false;
  bool operator==(const Generation&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(Generation, tokens, text, endedItself)
};

struct LensResult;
struct AttentionResult;
struct NeuronsResult;
struct ExploreResult;
struct SoftPrompt;
struct TrainingCurves;
struct DecoderVectorResult;
struct LearningCurveResult;

/// All that there is so far of a result that grows as a whole; empty of others.
using GrowingPart =
    std::variant<std::monostate, std::shared_ptr<const LensResult>, std::shared_ptr<const AttentionResult>,
                 std::shared_ptr<const NeuronsResult>, std::shared_ptr<const ExploreResult>,
                 std::shared_ptr<const SoftPrompt>, std::shared_ptr<const TrainingCurves>,
                 std::shared_ptr<const DecoderVectorResult>, std::shared_ptr<const LearningCurveResult>>;

template <typename Type, typename Variant>
inline constexpr bool kIsAmong = false;
template <typename Type, typename... Types>
inline constexpr bool kIsAmong<Type, std::variant<Types...>> = (std::is_same_v<Type, Types> || ...);

/// Part of a result on its way to the window. `lane` tells parallel continuations apart (steering: 0 plain, 1 steered),
/// and cells (patchscope, patching grid: index of the cell, rows outermost).
struct StreamedTokens {
  int lane = 0;
  Generation soFar;
  float value = std::numeric_limits<float>::quiet_NaN();  ///< of a cell that is a number
  GrowingPart part = {};

  /// The part, if it is of this kind.
  template <typename Part>
  [[nodiscard]] std::shared_ptr<const Part> as() const {
    using Shared = std::shared_ptr<const Part>;
    if constexpr (kIsAmong<Shared, GrowingPart>)
      if (const Shared* held = std::get_if<Shared>(&part)) return *held;
    return nullptr;
  }
};

}  // namespace patchbay
