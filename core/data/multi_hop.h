#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

/// Questions in two steps, answered by moving what the first step found to where the second needs it. Methods
/// section 1.2, chain-of-thought multi-hop (Ghandeharioun et al. 2024, section 5).
namespace patchbay {

/// One question in two steps: "the country whose capital is Paris" and "The currency of {bridge} is the".
struct HopItem {
  std::string first;                ///< describes the bridge, and ends where it is known; the source
  std::string second;               ///< asks of {bridge}; with "x" for it, it is the target
  std::vector<std::string> bridge;  ///< names of what the first step finds, the usual one first
  std::vector<std::string> answers;
  bool operator==(const HopItem&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(HopItem, first, second, bridge, answers)
};

struct HopList {
  std::string id;
  std::string title;
  std::vector<HopItem> items;
  bool operator==(const HopList&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(HopList, id, title, items)
};

/// Errors   JSON-*; LIST-01 with the item and field that does not fit, LIST-02 too many items.
[[nodiscard]] Outcome<HopList> readHopList(const std::string& text, const std::string& file);

/// `second` with these words for {bridge}.
[[nodiscard]] std::string withBridge(const HopItem& item, const std::string& words);

/// What the sentence is also asked behind.
inline constexpr const char* kStepByStep = "Let's think step by step. ";

struct MultiHopResult;

/// Each item asked in one sentence, asked "step by step", and by the patch at every pair of layers.
struct MultiHopRequest {
  using Result = MultiHopResult;
  static constexpr const char* kKind = "multi-hop";
  ModelRef model;
  HopList list;
  std::vector<int> layers;  ///< read and written at; empty: every third
  int generateTokens = 10;
  bool onlyKnown = true;  ///< leave out items of which the model does not know both steps one by one
  std::uint64_t seed = 0;
  bool operator==(const MultiHopRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MultiHopRequest, model, list, layers, generateTokens, onlyKnown, seed)
};

/// How one item went.
struct HoppedItem {
  int item = 0;                       ///< number in the request's list
  std::string firstSays, secondSays;  ///< the two steps one by one in plain text, the second of the bridge itself
  std::string plainSays, stepsSays;   ///< both steps in one sentence; and the same behind kStepByStep
  bool isKnown = false;               ///< both steps are right one by one
  bool plainIsRight = false, stepsIsRight = false;
  std::vector<std::string> says;  ///< with the state in it, rows source layers, columns target layers
  std::vector<std::vector<std::int32_t>> saysIds = {};  ///< the same as tokens; empty in sessions of before
  bool operator==(const HoppedItem&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(HoppedItem, item, firstSays, secondSays, plainSays, stepsSays, isKnown,
                                              plainIsRight, stepsIsRight, says, saysIds)
};

/// Shares of items by pair of layers, and what they are held against.
///
/// contains [2, items, S, S]: 1 where the text has an answer in it; first the patch, then the same with the state of
/// another item's first step. S the layers. "Any pair" is the most of many tries: its control is the same most of as
/// many tries with the wrong state.
struct MultiHopResult {
  std::vector<int> layers;
  std::vector<HoppedItem> items;    ///< that were run
  std::vector<HoppedItem> unknown;  ///< left out
  HostArray contains;
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const MultiHopResult&) const = default;

  /// Share of the items that are right at a pair of layers; arm 0 the patch, 1 the control.
  [[nodiscard]] double shareAt(int arm, int source, int target) const;
  /// Share of the items that are right at any pair.
  [[nodiscard]] double shareOfAny(int arm) const;
  /// The pair with the largest share for the patch.
  [[nodiscard]] std::pair<int, int> bestPair() const;
  [[nodiscard]] double plainShare() const;
  [[nodiscard]] double stepsShare() const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<MultiHopResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
