#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/decoder_example.h"
#include "core/data/json.h"
#include "core/data/measured_share.h"
#include "core/data/model_card.h"
#include "core/data/training_settings.h"

namespace patchbay {

/// Everything that makes a decoder what it is, beside the model and the questions.
struct DecoderRecipe {
  std::vector<int> readLayers;  ///< states of any of these are read; empty: the middle third of the model
  int writeLayer = 0;           ///< the block behind which the decoder gets them
  int rank = 32;
  double alpha = 64;
  double dropout = 0;
  bool recall = false;  ///< behind the states stands what each recalls of earlier words, as a state of its own
  TrainingSettings training;
  bool operator==(const DecoderRecipe&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DecoderRecipe, readLayers, writeLayer, rank, alpha, dropout, recall,
                                              training)
};

/// How well a decoder answers one kind of question, beside its controls.
///
/// exact   the answer in words is the right one; choice: the right answer is the likeliest of those to choose from.
/// The controls answer the same questions: about zeros, about states of another prompt, and without an adapter. Beside
/// them, where a family's prompts say a value: the choice of a whitened linear probe of the window's mean state.
struct DecoderFigure {
  std::string family, kind;
  ExampleWindow window = ExampleWindow::Evidence;
  ExampleSplit split = ExampleSplit::Unseen;
  double chance = 0;  ///< of a right choice; 0 where there is none
  MeasuredShare exact, choice;
  MeasuredShare zeroExact, zeroChoice, shuffledExact, shuffledChoice, untrainedExact, untrainedChoice;
  MeasuredShare probeChoice;
  bool operator==(const DecoderFigure&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DecoderFigure, family, kind, window, split, chance, exact, choice,
                                              zeroExact, zeroChoice, shuffledExact, shuffledChoice, untrainedExact,
                                              untrainedChoice, probeChoice)
};

/// What is known of a trained decoder: on its card, and in `decoder.json` beside its adapter.
struct DecoderCard {
  std::string name;
  ModelRef model;
  int layers = 0, width = 0;  ///< of the model
  DecoderRecipe recipe;
  std::string data = "built-in questions";
  std::int64_t steps = 0, examples = 0, tokens = 0;
  double seconds = 0;  ///< of training
  std::vector<DecoderFigure> figures;
  bool operator==(const DecoderCard&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(DecoderCard, name, model, layers, width, recipe, data, steps, examples,
                                              tokens, seconds, figures)
};

}  // namespace patchbay
