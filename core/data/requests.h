#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/affine_map.h"
#include "core/data/generation.h"
#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"
#include "core/data/site.h"
#include "core/data/soft_prompt.h"
#include "core/data/steering_vector.h"

/// What can be asked of the engine. Each request is a plain value with `==` and JSON, holds everything needed to
/// make its result again, and names its result type as `Result`. `kKind` is its name in session files.
namespace patchbay {

/// Opens a GGUF file or a Hugging Face folder. "default" is the model that comes with the program.
struct LoadModelRequest {
  using Result = ModelCard;
  static constexpr const char* kKind = "load-model";
  std::string path;
  std::string dtype = "f32";   ///< "f32" or "bf16"
  std::string device = "cpu";  ///< "cpu" or "cuda:0"
  bool operator==(const LoadModelRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LoadModelRequest, path, dtype, device)
};

/// One state of a prompt in the place of one in the run of another. Negative tokens count from the end.
struct StatePatch {
  Prompt source;
  int sourceToken = -1;
  int sourceLayer = 0;
  int token = -1;  ///< of the run that is changed
  int layer = 0;
  std::string site = "resid_post";  ///< resid_post, attn_out or mlp_out
  bool operator==(const StatePatch&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(StatePatch, source, sourceToken, sourceLayer, token, layer, site)
};

/// A steering vector at work in a run. The numbers are no part of the JSON: the session has them once, found by the
/// hash.
struct Steering {
  std::string vectorName;
  std::string vectorHash;  ///< content hash of the vector in the session; empty: no steering
  std::shared_ptr<const SteeringVector> vector;
  SteerSetting setting;
  bool operator==(const Steering& other) const { return vectorHash == other.vectorHash && setting == other.setting; }
  [[nodiscard]] bool isEmpty() const { return vectorHash.empty(); }
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(Steering, vectorName, vectorHash, setting)
};

/// Logit lens of every layer and token, with everything hover and inspector show. At other sites than the residual
/// stream each state is read as if it were the whole stream: with a norm of its own. With a translator it is the tuned
/// lens: each state of the residual stream goes through the layer's map into the last one first.
///
/// With `ahead` it is the future lens: each state is written at its own layer into the last token of a fixed text, or
/// the last place of a learned prompt, and what its greedy continuation says `ahead` tokens later is held against the
/// token that many places behind the next one (Pal et al. 2023, sections 2.3 and 2.4; methods section 1.1).
struct LensRequest {
  using Result = LensResult;
  static constexpr const char* kKind = "logit-lens";
  ModelRef model;
  Prompt prompt;
  std::string site = "resid_post";  ///< resid_post, resid_mid, attn_out, mlp_out or head_out
  int head = -1;                    ///< of head_out
  int topK = 10;
  /// Tokens whose p and rank are followed; empty: the most likely next token.
  std::vector<std::int32_t> tracked;
  MapRef translator = {};  ///< empty: logit lens
  /// Written into the run that is read; empty: the prompt as it is.
  std::vector<StatePatch> patches = {};
  Steering steering = {};  ///< at work in the run that is read
  /// Greedy tokens that the run adds to the prompt; their columns are read as they come.
  int continueTokens = 0;
  int ahead = 0;                            ///< 0: the next token, which is no future lens
  std::string aheadText = kFutureLensText;  ///< its last token is overwritten
  SoftPromptRef aheadPrompt = {};           ///< in the place of that text; empty: the text
  bool operator==(const LensRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LensRequest, model, prompt, site, head, topK, tracked, translator,
                                              patches, steering, continueTokens, ahead, aheadText, aheadPrompt)
};

/// How a read state is changed before it is written.
/// TargetNorm  scaled to the norm of the state it replaces.
/// Mean        replaced by the mean of that layer over texts that come with the program, first tokens left out.
/// Affine      through a fitted map of the two layers.
enum class StateMap { Identity, TargetNorm, Zero, Mean, Affine };
NLOHMANN_JSON_SERIALIZE_ENUM(StateMap, {{StateMap::Identity, "identity"},
                                        {StateMap::TargetNorm, "target-norm"},
                                        {StateMap::Zero, "zero"},
                                        {StateMap::Mean, "mean"},
                                        {StateMap::Affine, "affine"}})

/// Read `resid_post` of (source, token, layer), map it, write it at (target, token, layer), see what the target says.
/// Methods section 1. Negative tokens count from the end.
struct PatchscopeRequest {
  using Result = PatchscopeResult;
  static constexpr const char* kKind = "patchscope";
  ModelRef model;
  Prompt source;
  int sourceToken = -1;
  std::vector<int> sourceLayers;  ///< empty: all
  std::string preset;             ///< id of the preset the target came from, "" when edited
  Prompt target;
  int targetToken = -1;
  std::vector<int> targetLayers;  ///< empty: the same as each source layer; else every pair is computed
  StateMap map = StateMap::Identity;
  int generateTokens = 10;  ///< 0: next token only
  int topK = 10;
  ModelRef targetModel = {};  ///< empty: the source's own model
  MapRef affine = {};         ///< of StateMap::Affine
  bool everyToken = false;  ///< of the source is read, in the place of `sourceToken`; then for one target layer at most
  std::vector<std::string> words = {};  ///< asked for: how likely the first token of each is
  bool operator==(const PatchscopeRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchscopeRequest, model, source, sourceToken, sourceLayers, preset,
                                              target, targetToken, targetLayers, map, generateTokens, topK, targetModel,
                                              affine, everyToken, words)
};

/// Activation patch: the state at one place of the source run replaces that of one place of the target run.
struct PatchRequest {
  using Result = PatchResult;
  static constexpr const char* kKind = "activation-patch";
  ModelRef model;
  Prompt source;
  int sourceToken = -1;
  int sourceLayer = 0;
  Prompt target;
  int targetToken = -1;
  int targetLayer = 0;
  std::string site = "resid_post";  ///< resid_post, attn_out or mlp_out
  int topK = 10;
  int continueTokens = 10;
  /// Stand in the target with and without this patch: what it does on top of them.
  std::vector<StatePatch> frozen = {};
  bool operator==(const PatchRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PatchRequest, model, source, sourceToken, sourceLayer, target,
                                              targetToken, targetLayer, site, topK, continueTokens, frozen)

  /// This patch, for a run it is frozen into.
  [[nodiscard]] StatePatch patch() const { return {source, sourceToken, sourceLayer, targetToken, targetLayer, site}; }
};

/// Mean-difference steering vector at every layer. Design section 10.
struct MakeVectorRequest {
  using Result = SteeringVector;
  static constexpr const char* kKind = "make-vector";
  ModelRef model;
  std::string name;
  std::vector<std::string> positives;
  std::vector<std::string> negatives;
  ReadPosition read = ReadPosition::LastToken;
  bool operator==(const MakeVectorRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MakeVectorRequest, model, name, positives, negatives, read)
};

/// Plain and steered continuation of one prompt, side by side.
struct SteerRequest {
  using Result = SteerResult;
  static constexpr const char* kKind = "steer";
  ModelRef model;
  Prompt prompt;
  std::string vectorName;
  std::string vectorHash;                        ///< content hash of the vector in the session
  std::shared_ptr<const SteeringVector> vector;  ///< the numbers; not in the JSON
  SteerSetting setting;
  Sampling sampling;
  bool operator==(const SteerRequest& other) const {
    return model == other.model && prompt == other.prompt && vectorHash == other.vectorHash &&
           setting == other.setting && sampling == other.sampling;
  }
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(SteerRequest, model, prompt, vectorName, vectorHash, setting, sampling)
};

/// One continuation, steered if a vector is given.
struct GenerateRequest {
  using Result = GenerateResult;
  static constexpr const char* kKind = "generate";
  ModelRef model;
  Prompt prompt;
  Sampling sampling;
  bool operator==(const GenerateRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(GenerateRequest, model, prompt, sampling)
};

}  // namespace patchbay
