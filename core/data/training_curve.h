#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/decoder_example.h"
#include "core/data/json.h"
#include "core/data/measured_share.h"

namespace patchbay {

/// One point of a training's curves.
struct TrainingPoint {
  std::int64_t step = 0;
  double loss = 0;  ///< mean over the steps since the last point
  double learningRate = 0;
  double tokensPerSecond = 0;
  bool operator==(const TrainingPoint&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TrainingPoint, step, loss, learningRate, tokensPerSecond)
};

/// How a training stands at a step, by questions that it never learns from; always the same ones.
struct TrainingCheck {
  std::int64_t step = 0;
  double loss = 0;          ///< of right answers, weighed as in training
  double shuffledLoss = 0;  ///< of the same answers beside states of another prompt
  bool operator==(const TrainingCheck&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TrainingCheck, step, loss, shuffledLoss)
};

/// A question that a training never learns from, as the decoder answers it now.
struct SampleAnswer {
  std::string family, kind;
  ExampleWindow window = ExampleWindow::Evidence;
  ExampleSplit split = ExampleSplit::Unseen;
  std::string about;  ///< the text of the tokens whose states were handed over
  std::string question, answer;
  std::string said, saidShuffled;  ///< the latter with states of another prompt
  bool isRight = false;
  bool isChosen = false;  ///< the right answer is the likeliest of its choices
  bool operator==(const SampleAnswer&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(SampleAnswer, family, kind, window, split, about, question, answer, said,
                                              saidShuffled, isRight, isChosen)
};

/// How a training went so far.
struct TrainingCurves {
  std::vector<TrainingPoint> points;
  std::vector<TrainingCheck> checks;
  std::vector<SampleAnswer> samples;  ///< of the last check
  bool operator==(const TrainingCurves&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TrainingCurves, points, checks, samples)
};

}  // namespace patchbay
