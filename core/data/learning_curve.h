#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/data/decoder_card.h"
#include "core/data/json.h"
#include "core/data/measured_share.h"
#include "core/data/model_card.h"
#include "core/data/results.h"

/// How good a decoder becomes by what goes into it: questions it learns from, rank of its LoRA, depth that is read.
namespace patchbay {

struct LearningCurveResult;

/// Trains a decoder for each number of questions, rank and layer, and asks all of them the same held-out questions. The
/// decoders are not kept.   Source  LatentQA, section 5 (scaling); methods section 2.
struct LearningCurveRequest {
  using Result = LearningCurveResult;
  static constexpr const char* kKind = "learning-curve";
  // What is accepted at most.
  static constexpr std::size_t kMostExamples = 16, kMostRanks = 8, kMostLayers = 64;
  static constexpr std::int64_t kMostQuestions = 10'000'000, kMostTrainings = 1000;
  static constexpr int kMostRank = 1024, kLeastItems = 4, kMostItems = 2000, kMostRepeats = 20, kMostBatch = 4096,
                       kMostWorkers = 1024;
  ModelRef model;
  std::vector<std::int64_t> examples{500, 1000, 2000, 4000};  ///< questions that are learned from
  std::vector<int> ranks;    ///< empty: the recipe's. Alpha goes with the rank: products keep their scale
  std::vector<int> layers;   ///< each read alone; empty: the recipe's, of which each question reads one
  DecoderRecipe recipe;      ///< all else; its steps are as many as the questions need
  std::string data;          ///< as in TrainDecoderRequest
  bool withBuiltin = false;  ///< as in TrainDecoderRequest
  int items = 100;           ///< held-out questions, with answers to choose from and the evidence in their window
  int repeats = 1;           ///< trainings of each, with other seeds
  bool operator==(const LearningCurveRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LearningCurveRequest, model, examples, ranks, layers, recipe, data,
                                              withBuiltin, items, repeats)

  /// Trainings in all, and the questions that they learn from together; what is named twice counts once.
  [[nodiscard]] std::int64_t trainings() const;
  [[nodiscard]] double allExamples() const;
};

/// What a training is one of: all that share it differ in their questions and seeds alone.
struct CurveKey {
  int rank = 0;
  int layer = -1;  ///< -1: any of the recipe's
  bool operator==(const CurveKey&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(CurveKey, rank, layer)
};

/// One training and what it came to.
struct CurvePoint {
  CurveKey key = {};
  std::int64_t examples = 0;
  std::uint64_t seed = 1;
  double loss = 0, shuffledLoss = 0;  ///< of right answers, beside their states and those of another prompt
  MeasuredShare choice = {}, shuffledChoice = {};  ///< the right answer is the likeliest of its choices
  double seconds = 0;
  bool operator==(const CurvePoint&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(CurvePoint, key, examples, seed, loss, shuffledLoss, choice,
                                              shuffledChoice, seconds)
};

struct LearningCurveResult {
  std::vector<CurvePoint> points;  ///< in the order of their trainings
  std::vector<int> layers;         ///< that the key -1 stands for
  double chance = 0;               ///< of a right choice, mean over the questions
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const LearningCurveResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(LearningCurveResult, points, layers, chance, warnings, seconds)

  /// The different keys and numbers of questions, in the order of their first trainings.
  [[nodiscard]] std::vector<CurveKey> keys() const;
  [[nodiscard]] std::vector<std::int64_t> examples() const;
  /// The layers that a key's decoders read.
  [[nodiscard]] std::vector<int> layersOf(const CurveKey& key) const;
  /// Trainings that differ in their seed alone, as one: sums of shares, means of losses; nothing where there is none.
  /// The shares count each question as often as it was asked: their interval is that of the questions, see `interval`.
  [[nodiscard]] std::optional<CurvePoint> at(const CurveKey& key, std::int64_t examples) const;
  /// What the right choices of a point gain each time the questions double: least squares over log2(questions).
  /// Nothing where there is one number of questions alone.
  [[nodiscard]] std::optional<double> gainOfDoubling(const CurveKey& key) const;

  [[nodiscard]] ResultDocument toDocument() const { return {.body = *this, .arrays = {}}; }
  /// Errors   RES-01 with the field that does not hold together.
  [[nodiscard]] static Outcome<LearningCurveResult> fromDocument(const ResultDocument& document);
};

/// Ends of the 95 % interval of a share that `repeats` trainings came to on the same questions.
[[nodiscard]] std::pair<double, double> interval(const MeasuredShare& share, int repeats);

}  // namespace patchbay
