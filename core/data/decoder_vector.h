#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/data/asking.h"
#include "core/data/steering_vector.h"

/// Steering vectors made by a decoder: the direction in which states must go for it to give a wished answer.
namespace patchbay {

struct DecoderVectorResult;

/// A steering vector by descent on the loss of a frozen decoder, held near the plain model.
struct DecoderVectorRequest {
  using Result = DecoderVectorResult;
  static constexpr const char* kKind = "decoder-vector";
  ModelRef model;
  DecoderRef decoder = {.name = {}, .folder = "default", .digest = {}};
  std::string name;
  std::string question, answer;  ///< what the decoder is asked about steered states, and what it is to say
  std::string words;             ///< the same wish as a system message: its effect is compared, and judged by it
  int layer = 12;                ///< whose `resid_post` is changed
  int rank = 0;                  ///< of a LoRA of the blocks up to the layer; 0: a vector is added instead
  std::string folder;            ///< of the adapter, where it is one
  int steps = 40;
  double largestNorm = 60;    ///< that states are moved by, residual-stream units
  double plainWeight = 0.5;   ///< of the divergence from the plain model, in nats a token, beside the decoder's loss
  double learningRate = 0.3;  ///< of Adam: how far a channel goes in a step; of an adapter kAdapterRate does
  int generateTokens = 24;    ///< of each held-out prompt, for the comparison
  std::uint64_t seed = 1;
  bool operator==(const DecoderVectorRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DecoderVectorRequest, model, decoder, name, question, answer, words,
                                              layer, rank, folder, steps, largestNorm, plainWeight, learningRate,
                                              generateTokens, seed)

  static constexpr double kVectorRate = 0.3, kAdapterRate = 1e-3;
};

/// A step of the descent.
struct WishPoint {
  int step = 0;
  double wishLoss = 0;   ///< of the wished answer, nats
  double plainLoss = 0;  ///< divergence from the plain model on its own texts, nats a token
  double norm = 0;       ///< that states are moved by, of an adapter in the mean over this step's states
  bool operator==(const WishPoint&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(WishPoint, step, wishLoss, plainLoss, norm)
};

/// What the held-out prompts are continued with.
/// Plain           nothing is added.
/// Wish            the vector of the descent, or its adapter.
/// MeanDifference  states with the wish as a system message minus states without, brought to the same length.
/// Random          a random direction of the same length.
enum class WishArm { Plain, Wish, MeanDifference, Random };
NLOHMANN_JSON_SERIALIZE_ENUM(WishArm, {{WishArm::Plain, "plain"},
                                       {WishArm::Wish, "wish"},
                                       {WishArm::MeanDifference, "mean-difference"},
                                       {WishArm::Random, "random"}})
inline constexpr std::array kWishArms{WishArm::Plain, WishArm::Wish, WishArm::MeanDifference, WishArm::Random};

/// The continuations of the held-out prompts under one arm, and how they are judged, prompt by prompt.
///
/// fulfilment  log p of the text where the wish stands as a system message minus log p where nothing does, in nats a
///             token: how much more the plain model expects this text when it is told the wish.
/// surprise    -log p of the text under the plain model without the wish, in nats a token; exp of its mean is the
///             perplexity.
struct WishOutcome {
  WishArm arm = WishArm::Plain;
  std::vector<std::string> texts;
  std::vector<double> fulfilment, surprise;
  bool operator==(const WishOutcome&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(WishOutcome, arm, texts, fulfilment, surprise)

  [[nodiscard]] double meanFulfilment() const;
  [[nodiscard]] double perplexity() const;
};

/// What the figures allow to say of a vector.
enum class WishVerdict {
  NotJudged,       ///< no wish in words
  Rises,           ///< above the random vector by more than twice the standard error, perplexity below twice the plain
  RisesAtACost,    ///< above it, with a higher perplexity
  NotAboveRandom,  ///< not
};

/// The vector, how the descent went, and what it does to prompts that it never saw.
struct DecoderVectorResult {
  SteeringVector vector;  ///< zero at all other layers; of an adapter where it moves states to in the mean
  std::string adapter;    ///< the folder that it was written into; empty: a vector
  std::vector<WishPoint> points;
  std::vector<std::string> prompts;  ///< held out
  std::vector<WishOutcome> outcomes;
  std::vector<std::string> warnings;
  double cosine = 0;  ///< of the vector with the mean difference; 0 without a wish in words
  double seconds = 0;
  bool operator==(const DecoderVectorResult&) const = default;

  /// That states were moved by at the end, residual-stream units.
  [[nodiscard]] double norm() const { return points.empty() ? 0 : points.back().norm; }
  /// Null when the arm was not tried.
  [[nodiscard]] const WishOutcome* outcome(WishArm arm) const;
  [[nodiscard]] WishVerdict verdict() const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01, and those of SteeringVector::fromDocument.
  [[nodiscard]] static Outcome<DecoderVectorResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
