#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/measured_share.h"
#include "core/data/model_card.h"
#include "core/data/results.h"

/// Meta-models: a language model that is asked, yes or no, about the states of another.
namespace patchbay {

struct MetaModelResult;

/// A text of the person's own, and what every trained meta-model is asked about the model that has read it.
struct MetaQuestion {
  std::string text, question;
  bool operator==(const MetaQuestion&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MetaQuestion, text, question)
};

/// Trains a meta-model on each mix of tasks and asks all of them about every test.
///
/// States of the last prompt token at some layers go through a trained map into the places of as many tokens of the
/// meta-model's prompt, before its first block; the map and all attention weights are trained (methods section 3.1).
struct MetaModelRequest {
  using Result = MetaModelResult;
  static constexpr const char* kKind = "meta-model";
  ModelRef model;                               ///< whose states are read
  ModelRef reader = {};                         ///< the meta-model before it is trained; empty: the same model
  std::vector<int> layers;                      ///< whose states are handed over together; empty: five, evenly
  std::vector<std::vector<std::string>> mixes;  ///< ids of the tasks of each; empty: each task that is learned, alone
  std::vector<std::string> tests;               ///< ids of tasks; empty: all
  std::vector<MetaQuestion> own;                ///< asked of every meta-model when it is trained
  int steps = 300, batch = 64;
  double learningRate = 3e-4;  ///< its height
  int repeats = 1;             ///< trainings of each mix, with other seeds
  int items = 40;              ///< questions of each test
  std::uint64_t seed = 1;
  bool operator==(const MetaModelRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MetaModelRequest, model, reader, layers, mixes, tests, own, steps, batch,
                                              learningRate, repeats, items, seed)
};

/// What the questions of a test are asked about, and how.
/// Own       the states that they are about.
/// Shuffled  states of another item: the control of the states.
/// Nonsense  a question without a meaning in the place of the question: the control of the question.
enum class MetaArm { Own, Shuffled, Nonsense };
inline constexpr std::array kMetaArms{MetaArm::Own, MetaArm::Shuffled, MetaArm::Nonsense};

/// Linear probes on the same states, fitted to the labels of the test's own task: what can be read off in a line.
enum class MetaProbe { Logistic, Whitened };
inline constexpr std::array kMetaProbes{MetaProbe::Logistic, MetaProbe::Whitened};

/// A question of a test.
struct MetaAsked {
  int test = 0;  ///< index of `tests`
  std::string question;
  bool isYes = false;  ///< the right answer
  bool operator==(const MetaAsked&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MetaAsked, test, question, isYes)
};

/// The answers of M mixes, trained S times each, to I questions, and to Q of the person's own.
///
/// Shapes   yes, neither [M, S, arms, I]: share of "Yes" in the probability of "Yes" and "No"; 1 where another token is
///          likelier than both. probes [probes, I]: 1 where a probe answers yes. ownYes, ownMass [M, S, Q]: that share,
///          and the probability of "Yes" and "No" together. losses [M, S, steps / 10]: of training, mean of ten steps.
struct MetaModelResult {
  std::vector<std::vector<std::string>> mixes;
  std::vector<std::string> tests;
  std::vector<int> layers;
  std::vector<MetaAsked> asked;
  std::vector<MetaQuestion> own;
  HostArray yes, neither, probes, ownYes, ownMass, losses;
  std::vector<std::string> warnings;  ///< of mixes that are left out
  double seconds = 0;
  bool operator==(const MetaModelResult&) const = default;

  [[nodiscard]] int repeats() const { return static_cast<int>(yes.extent(1)); }
  /// Whether questions of a test were answered rightly, all trainings of a mix together. `isYes` counts those alone
  /// whose right answer that is.
  [[nodiscard]] MeasuredShare accuracy(int mix, MetaArm arm, int test, bool isYes) const;
  /// Mean of the shares of right answers to questions whose answer is yes and of those whose answer is no.
  [[nodiscard]] double balanced(int mix, MetaArm arm, int test) const;
  /// Lowest and highest value that a balanced accuracy of so many questions allows, 95 %.
  [[nodiscard]] std::pair<double, double> interval(int mix, MetaArm arm, int test) const;
  [[nodiscard]] double balanced(MetaProbe probe, int test) const;
  /// Share of the questions of a test to which neither "Yes" nor "No" is the likeliest answer.
  [[nodiscard]] double neitherShare(int mix, MetaArm arm, int test) const;

  /// Mean over the trainings of a mix of `ownYes` or `ownMass`.
  [[nodiscard]] static double overTrainings(const HostArray& values, int mix, int question);

  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01 with the field that does not hold together.
  [[nodiscard]] static Outcome<MetaModelResult> fromDocument(const ResultDocument& document);
};

/// Five layers, evenly from a fifth of the depth on to the last: those of methods section 3.5 at any depth.
[[nodiscard]] std::vector<int> metaLayers(int layers);
/// "language + topic".
[[nodiscard]] std::string mixName(const std::vector<std::string>& mix);

}  // namespace patchbay
