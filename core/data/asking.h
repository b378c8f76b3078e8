#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/data/affine_map.h"
#include "core/data/generation.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"

/// Questions about states, put to a trained decoder: what is asked, what it answers, and what its controls answer.
namespace patchbay {

struct AskResult;

/// Names a decoder in a request: the digest of its adapter decides, folder and name help a person to find it again.
struct DecoderRef {
  std::string name;
  std::string folder;  ///< "default": the decoder that comes with the program
  std::string digest;  ///< SHA-256 of the adapter's weights; empty: whatever lies in the folder
  bool operator==(const DecoderRef&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DecoderRef, name, folder, digest)
};

/// Neighbouring tokens at one layer, `resid_post`. Negative tokens count from the end.
struct AskedSpan {
  int firstToken = -1, lastToken = -1;
  int layer = 15;
  bool operator==(const AskedSpan&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(AskedSpan, firstToken, lastToken, layer)
};

/// A question about the states of some cells of a prompt.
struct AskRequest {
  using Result = AskResult;
  static constexpr const char* kKind = "ask";
  ModelRef model;
  Prompt prompt;
  std::vector<AskedSpan> spans;  ///< handed over in this order
  std::string question;
  std::vector<std::string> choices;  ///< ranked beside the answer in words; may be empty
  DecoderRef decoder = {.name = {}, .folder = "default", .digest = {}};
  Sampling sampling = {.maxNewTokens = 32};
  bool hasControls = true;
  bool atAllLayers = false;  ///< the tokens of the spans at every layer in turn, as a strip; without controls
  std::uint64_t seed = 1;    ///< of the controls' random choices
  ModelRef reader = {};      ///< the model that the decoder was trained on; empty: `model`
  MapRef affine = {};        ///< from states of `model` into those of `reader`; empty: they are handed over as they are
  bool operator==(const AskRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(AskRequest, model, prompt, spans, question, choices, decoder, sampling,
                                              hasControls, atAllLayers, seed, reader, affine)
};

/// One of the answers to hold an answer against.
/// Zero        the decoder about zeros in the place of the states.
/// Shuffled    the decoder about states of another prompt.
/// RandomCell  the decoder about states of other cells of the same prompt.
/// TextOnly    the decoder's own model, untrained, asked in plain words about the prompt's text.
/// Untrained   that model about the states, without the adapter.
enum class AskControl { Zero, Shuffled, RandomCell, TextOnly, Untrained };
NLOHMANN_JSON_SERIALIZE_ENUM(AskControl, {{AskControl::Zero, "zero"},
                                          {AskControl::Shuffled, "shuffled"},
                                          {AskControl::RandomCell, "random_cell"},
                                          {AskControl::TextOnly, "text_only"},
                                          {AskControl::Untrained, "untrained"}})
inline constexpr std::array kAskControls{AskControl::Zero, AskControl::Shuffled, AskControl::RandomCell,
                                         AskControl::TextOnly, AskControl::Untrained};

/// Lanes of a question's stream: 0 is the answer, then come the controls in their order, then the layers of a question
/// at all of them.
inline constexpr int kFirstAskLayerLane = 1 + static_cast<int>(kAskControls.size());

/// A choice with its share of the probability of all choices.
struct RankedChoice {
  std::string text;
  float p = 0;
  bool operator==(const RankedChoice&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(RankedChoice, text, p)
};

/// What one arm said: words, and choices with the best first.
struct AskAnswer {
  Generation generation;
  std::vector<RankedChoice> choices;
  bool operator==(const AskAnswer&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(AskAnswer, generation, choices)
};

struct ControlAnswer {
  AskControl control = AskControl::Zero;
  AskAnswer answer;
  float overlap = 0;  ///< how much of the answer it says too, 0 to 1
  std::string about;  ///< what was read instead: "t2.L15.resid_post", the other prompt
  bool operator==(const ControlAnswer&) const = default;
  /// From half of the answer's words on a control counts as saying the same.
  [[nodiscard]] bool saysTheSame() const { return overlap >= 0.5F; }
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ControlAnswer, control, answer, overlap, about)
};

/// The same question about the same tokens at one layer.
struct LayerAnswer {
  int layer = 0;
  AskAnswer answer;
  bool operator==(const LayerAnswer&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LayerAnswer, layer, answer)
};

/// What the controls allow to say about an answer.
/// NotAsked    there were none.
/// SaidNothing the decoder has no words for these cells.
/// Holds       neither other states, nor none, nor the text alone say the same.
/// TextEnough  the model says the same when it is asked in plain words.
/// SameWithout the decoder says the same about other states, or about none.
enum class AskVerdict { NotAsked, SaidNothing, Holds, TextEnough, SameWithout };

struct AskResult {
  std::vector<TokenFact> tokens;  ///< of the prompt
  std::vector<AskedSpan> spans;   ///< resolved, counted from 0
  AskAnswer answer;
  std::vector<ControlAnswer> controls;
  std::vector<LayerAnswer> layers;  ///< of a question at all layers
  /// The decoder's prompt as token ids, and the place in it from which on states stand.
  std::vector<std::int32_t> readIds;
  int firstPlace = 0;
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const AskResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(AskResult, tokens, spans, answer, controls, layers, readIds, firstPlace,
                                              warnings, seconds)

  [[nodiscard]] AskVerdict verdict() const;
  /// The control that says most nearly the same; null without controls.
  [[nodiscard]] const ControlAnswer* nearest() const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<AskResult> fromDocument(const ResultDocument& document);
};

/// The tokens of some spans, each once, at one layer.
[[nodiscard]] std::vector<AskedSpan> atLayer(const std::vector<AskedSpan>& spans, int layer);

/// How much of an answer another one says too: the share of its words that stand in `other`, without regard to case,
/// signs and order, 0 to 1. Of an answer without words an other one without words says all.
[[nodiscard]] float wordOverlap(const std::string& answer, const std::string& other);

}  // namespace patchbay
