#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/decoder_example.h"
#include "core/data/model_card.h"

namespace patchbay {

/// How many there are to learn from, and how many that training never sees.
struct HeldCount {
  std::int64_t seen = 0, heldOut = 0;
  bool operator==(const HeldCount&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(HeldCount, seen, heldOut)
};

/// What examples of one family are made of.
struct QuestionCount {
  std::string family;
  HeldCount values;     ///< what prompts may say; labels of a person's own questions
  HeldCount prompts;    ///< wordings and texts that say it
  HeldCount questions;  ///< ways to ask; questions of a person's own
  bool operator==(const QuestionCount&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(QuestionCount, family, values, prompts, questions)
};

/// An example with the words around the tokens that are handed over, and what the decoder gets.
struct PreviewedExample {
  DecoderExample example;
  std::string before, about, behind;  ///< of the rendered prompt
  std::string decoderSees;            ///< one ? for each state
  bool operator==(const PreviewedExample&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(PreviewedExample, example, before, about, behind, decoderSees)
};

/// What a training would learn from.
struct QuestionPreview {
  std::vector<QuestionCount> counts;
  std::vector<PreviewedExample> examples;
  bool operator==(const QuestionPreview&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(QuestionPreview, counts, examples)
};

/// Looks at the questions that a training would learn from. Makes no run.
struct PreviewQuestionsRequest {
  using Result = QuestionPreview;
  ModelRef model;
  std::string data;  ///< as in TrainDecoderRequest
  bool withBuiltin = false;
  std::uint64_t seed = 1;
  int prompts = 12;
  bool recall = false;  ///< as in DecoderRecipe
  bool operator==(const PreviewQuestionsRequest&) const = default;
};

}  // namespace patchbay
