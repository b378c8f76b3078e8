#pragma once

#include <string>
#include <vector>

#include "core/data/decoder_card.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/data/results.h"
#include "core/data/training_curve.h"

namespace patchbay {

struct TrainDecoderResult;

/// Trains a decoder for a model, on the questions that come with the program or on those of a file.
struct TrainDecoderRequest {
  using Result = TrainDecoderResult;
  static constexpr const char* kKind = "train-decoder";
  ModelRef model;
  std::string name;
  DecoderRecipe recipe;
  double minutes = 0;        ///< takes as many steps as fit; 0: the recipe's own number
  std::string folder;        ///< where the decoder is written; a checkpoint that lies there is gone on from
  std::string data;          ///< file or folder of questions; empty: those that come with the program
  bool withBuiltin = false;  ///< with `data`: half of the questions are those that come with the program
  bool isEnded = false;      ///< takes no step more: the checkpoint's adapter becomes the decoder
  bool operator==(const TrainDecoderRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TrainDecoderRequest, model, name, recipe, minutes, folder, data,
                                              withBuiltin, isEnded)
};

/// A trained decoder, and how its training went.
struct TrainDecoderResult {
  DecoderCard card;
  std::string folder;
  std::string digest;  ///< of the adapter's weights
  TrainingCurves curves;
  double seconds = 0;
  bool operator==(const TrainDecoderResult&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TrainDecoderResult, card, folder, digest, curves, seconds)

  [[nodiscard]] ResultDocument toDocument() const { return {.body = *this, .arrays = {}}; }
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<TrainDecoderResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
