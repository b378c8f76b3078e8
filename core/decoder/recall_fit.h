#pragma once

#include <vector>

#include "core/data/question_data.h"
#include "core/decoder/state_recall.h"
#include "core/jobs/job_context.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Fits what states recall at some layers, on prompts of a training that say a value: states of the tokens behind it,
/// and the mean state of its own.
///
/// Data     those of the families of `data` that say a value in words, or where it has none, of the program's own.
/// Errors   those of ExampleMaker::placed; GEN-01; TRAIN-05 no prompt goes on behind its value.
/// Cancel   between blocks of the model.   Cost  one pass over some 1,500 prompts, two minutes at 135M on two cores.
[[nodiscard]] Outcome<StateRecall> fitRecall(LanguageModel& model, const QuestionData& data,
                                             const std::vector<int>& layers, JobContext& context);

}  // namespace patchbay
