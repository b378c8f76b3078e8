#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"

namespace patchbay {

struct ResultDocument;

/// What a future lens writes states into unless told otherwise: a text that lets any word follow.
inline constexpr const char* kFutureLensText = "Hello! Could you please tell me more about x";

/// Embeddings that stand in the place of the words of a future lens's text, learned so that a state that is written
/// over the last of them makes the model say what it would say behind that state.
///
/// Shapes   embeddings [K, D]; right [3, L, A + 1], of `kArms`, the layers that are read, and the token 0 to A places
///          behind the next one: share of held-out states for which the lens says the model's own likeliest token;
///          empty where learning was stopped, or nothing was held out.
struct SoftPrompt {
  /// The learned one; the text that it began as; the learned one with the state of another place.
  enum Arm { Learned, Text, OtherState };
  static constexpr int kArms = 3;

  std::string name;
  ModelRef model;
  std::string text;  ///< that it began as
  std::vector<int> layers;
  HostArray embeddings, right;
  std::vector<float> losses;  ///< of each step: KL(model || lens), mean over tokens, bits
  int heldOutStates = 0;      ///< of each layer
  std::string hash;           ///< of `contentHash`, written by whoever made it
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const SoftPrompt&) const = default;

  [[nodiscard]] int length() const { return static_cast<int>(embeddings.extent(0)); }
  [[nodiscard]] int ahead() const { return static_cast<int>(right.extent(2)) - 1; }
  [[nodiscard]] bool isMeasured() const { return !right.isEmpty(); }
  /// Mean share over the layers.
  [[nodiscard]] double meanRight(Arm arm, int ahead) const;
  /// SHA-256 over the embeddings, hexadecimal.
  [[nodiscard]] std::string contentHash() const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<SoftPrompt> fromDocument(const ResultDocument& document);
};

/// A soft prompt as a request names it. The numbers are no part of the JSON: the session has them once, found by the
/// hash.
struct SoftPromptRef {
  std::string name;
  std::string hash;
  std::shared_ptr<const SoftPrompt> prompt;
  bool operator==(const SoftPromptRef& other) const { return hash == other.hash; }
  [[nodiscard]] bool isEmpty() const { return hash.empty(); }
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(SoftPromptRef, name, hash)
  [[nodiscard]] static SoftPromptRef of(std::shared_ptr<const SoftPrompt> prompt);
};

/// Learns a soft prompt for the future lens (Pal et al. 2023, section 2.4): every step writes states of texts at their
/// own layers over its last place and lowers KL between what the model says behind the state, from the next token to
/// the one `ahead` places further, and what it says behind the prompt, the tokens between given.
struct LearnPromptRequest {
  using Result = SoftPrompt;
  static constexpr const char* kKind = "learn-prompt";
  static constexpr int kMostAhead = 4, kMostSteps = 100'000, kMostBatch = 512;
  ModelRef model;
  std::string name;
  std::string text = kFutureLensText;  ///< begins as the embeddings of these tokens
  int ahead = 3;
  int steps = 200;
  int batch = 16;  ///< states a step
  double learningRate = 0.01;
  std::vector<int> layers = {};         ///< whose states are written; empty: all
  std::vector<std::string> texts = {};  ///< every seventh is held out; empty: the list that comes with the program
  std::uint64_t seed = 1;
  std::string file = {};  ///< read this file instead
  bool operator==(const LearnPromptRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LearnPromptRequest, model, name, text, ahead, steps, batch, learningRate,
                                              layers, texts, seed, file)
};

}  // namespace patchbay
