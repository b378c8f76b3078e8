#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/requests.h"
#include "core/data/results.h"

/// A Patchscope asked of a whole list of facts, held against three controls. Methods sections 1.3 and 1.5.
namespace patchbay {

/// One fact: the subject ends the source, and any of the answers is right.
struct FactItem {
  std::string source;
  std::string subject;
  std::vector<std::string> answers;
  bool operator==(const FactItem&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(FactItem, source, subject, answers)
};

/// Facts of one relation.
struct FactList {
  std::string id;
  std::string title;
  std::string target;  ///< the target prompt; its last "x" is patched, without one its last token
  std::string text;    ///< the same as plain words, {subject} for the subject: what the model itself answers
  std::vector<FactItem> items;
  bool operator==(const FactList&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(FactList, id, title, target, text, items)
};

/// A list from a file's text.
/// Errors   JSON-*; LIST-01 with the item and field that does not fit, LIST-02 too many items.
[[nodiscard]] Outcome<FactList> readFactList(const std::string& text, const std::string& file);

/// What a state of a list is held against, in the order of the result's first axis.
/// Patched    the state of the subject's last token.
/// Random     a random direction with the norm of what the first arm writes.
/// Unrelated  the state of another item's subject, at the same layer.
enum class ListArm { Patched, Random, Unrelated };
inline constexpr std::array kListArms = {ListArm::Patched, ListArm::Random, ListArm::Unrelated};

struct PatchscopeListResult;

/// The state of each subject's last token at each layer, written into one target prompt in the place of its "x".
struct PatchscopeListRequest {
  using Result = PatchscopeListResult;
  static constexpr const char* kKind = "patchscope-list";
  ModelRef model;
  FactList list;
  std::vector<int> layers;  ///< source layers; empty: all
  int targetLayer = -1;     ///< -1: the layer it was read at, of another model the one of its relative depth
  StateMap map = StateMap::Identity;
  int generateTokens = 5;     ///< 0: first tokens only, nothing is said about "contains"
  bool onlyKnown = true;      ///< leave out what the model itself answers wrongly in plain text
  std::uint64_t seed = 0;     ///< of the random directions and of the unrelated items
  ModelRef targetModel = {};  ///< is written into and answers; empty: the source's own model
  MapRef affine = {};         ///< of StateMap::Affine
  bool operator==(const PatchscopeListRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchscopeListRequest, model, list, layers, targetLayer, map,
                                              generateTokens, onlyKnown, seed, targetModel, affine)
};

/// How one item went.
struct ListedItem {
  int item = 0;             ///< number in the request's list
  std::string plainAnswer;  ///< what the model itself says in plain text
  bool isKnown = false;
  std::vector<std::string> says;  ///< by layer, with the state in it
  bool operator==(const ListedItem&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ListedItem, item, plainAnswer, isKnown, says)
};

/// The curves, each item's part of them, and what the target says without any patch.
///
/// Shapes   firstP, surprisal, contains [arms, layers, items]; items in the order of `items`, only those that were run.
///          firstP is 1 where the likeliest token begins an answer, else 0; surprisal is -log2 p of the likeliest first
///          token of an answer, bits; contains is 1 where the generated text has an answer in it, NaN without text.
///          textOnly [3, items]: the same three of the target prompt as it is.
struct PatchscopeListResult {
  std::vector<TokenFact> targetTokens;
  std::vector<int> layers;
  std::vector<ListedItem> items;    ///< that were run
  std::vector<ListedItem> unknown;  ///< left out: the model itself does not know them
  std::string textOnlySays;
  HostArray firstP, surprisal, contains, textOnly;
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const PatchscopeListResult&) const = default;

  [[nodiscard]] ResultDocument toDocument() const;
  [[nodiscard]] static Outcome<PatchscopeListResult> fromDocument(const ResultDocument& document);
};

/// True when one of the answers stands in the text as words of their own; letter case is not looked at.
[[nodiscard]] bool containsAnswer(const std::string& text, const std::vector<std::string>& answers);

}  // namespace patchbay
