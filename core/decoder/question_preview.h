#pragma once

#include "core/data/question_data.h"
#include "core/data/question_preview.h"
#include "core/model/language_model.h"

namespace patchbay {

/// What there is of each family.
[[nodiscard]] std::vector<QuestionCount> countQuestions(const QuestionData& data);

/// The first prompts that a training with this seed learns from, with all their questions, as a decoder sees them that
/// gets what states recall, or does not.
/// Errors   those of ExampleMaker::group; DEC-01.
[[nodiscard]] Outcome<std::vector<PreviewedExample>> previewExamples(const QuestionData& data, const ModelText& text,
                                                                     std::uint64_t seed, int prompts, bool recall);

}  // namespace patchbay
