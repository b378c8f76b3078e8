#pragma once

#include <functional>

#include "core/data/learning_curve.h"
#include "core/data/question_data.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Trains a decoder for each number of questions, rank and layer of a request, and asks each the same questions.
///
/// sink     is told of every training that is done, with all before it.
/// Errors   DEC-01; CURVE-01 with the field that is no such request; CURVE-02 no question has answers to choose from;
///          those of the questions. A training that leaves the finite numbers is left out, with a warning, as long as
///          another one is there.
/// Cancel   after each block, forward and backward.
/// Thread   that of the engine.
[[nodiscard]] Outcome<LearningCurveResult> runLearningCurve(
    LanguageModel& model, const QuestionData& data, const LearningCurveRequest& request, JobContext& context,
    const std::function<void(const LearningCurveResult&)>& sink = {});

}  // namespace patchbay
