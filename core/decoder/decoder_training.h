#pragma once

#include <functional>

#include "core/data/decoder_requests.h"
#include "core/data/question_data.h"
#include "core/decoder/example_maker.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Called with all of the curves when there is something new.
using TrainingSink = std::function<void(const TrainingCurves&)>;

/// Trains a decoder as methods section 2.9 has it, and writes it into its folder.
///
/// A checkpoint is written every minute, when the training is stopped, and when it ends by an error; the next training
/// into the same folder with the same recipe goes on from it, bit by bit as if it had never stopped.
/// Between two steps it lets through what waits behind it. Twenty times on the way it asks questions that it never
/// learns from, which changes nothing of what it learns.
/// Errors   those of the model's chat template and of writing; DEC-01; DATA-02; GEN-01; TRAIN-01; TRAIN-03 the folder
/// holds a checkpoint
///          of another training; TRAIN-04 it holds a finished decoder, which is never overwritten; TRAIN-06 it is to be
///          ended, and no checkpoint is there.
/// Cancel   between the model's blocks.   Memory  the weights as float32 or bfloat16, and about 40 kB a token at width
/// 576.
[[nodiscard]] Outcome<TrainDecoderResult> runTrainDecoder(LanguageModel& model, const QuestionData& data,
                                                          const TrainDecoderRequest& request, JobContext& context,
                                                          const TrainingSink& sink = {});

/// Whether every question of a person's own can be asked of this model.
/// Errors   DATA-02; GEN-01.   Cancel   between questions.
[[nodiscard]] Outcome<Done> checkItems(LanguageModel& model, const QuestionData& data, const ExampleMaker& maker,
                                       JobContext& context);

/// The layers that are read where a recipe names none: the middle of the model.
[[nodiscard]] std::vector<int> middleLayers(int layers);

}  // namespace patchbay
