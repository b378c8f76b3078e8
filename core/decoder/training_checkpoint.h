#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/decoder_card.h"
#include "core/data/training_curve.h"
#include "core/decoder/example_stream.h"

namespace patchbay {

/// Everything that a training goes on from.
struct TrainingCheckpoint {
  std::string fingerprint;  ///< of the model
  std::string data;         ///< digest of the questions
  DecoderRecipe recipe;
  std::int64_t step = 0, tokens = 0, examples = 0;
  double seconds = 0;
  ExampleStream::Place place;
  TrainingCurves curves;
  std::vector<at::Tensor> state;  ///< as AdapterTrainer::state gives it
};

/// Where a training's checkpoint lies in its folder.
[[nodiscard]] std::string checkpointPath(const std::string& folder);

/// Errors   OUT-01; the checkpoint of before is then still there.
[[nodiscard]] Outcome<Done> writeCheckpoint(const std::string& folder, const TrainingCheckpoint& checkpoint);
/// Errors   those of the safetensors reader; TRAIN-03 it is no checkpoint of a training.
[[nodiscard]] Outcome<TrainingCheckpoint> readCheckpoint(const std::string& folder);

}  // namespace patchbay
