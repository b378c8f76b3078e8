#pragma once

#include <cstdint>
#include <vector>

#include "core/data/decoder_card.h"
#include "core/data/question_data.h"
#include "core/model/language_model.h"
#include "core/model/low_rank.h"

namespace patchbay {

struct EvaluationSettings {
  int items = 40;  ///< of each family, window, kind and split
  bool hasControls = true;
  std::uint64_t seed = 1;
  std::vector<ExampleWindow> windows{ExampleWindow::Evidence, ExampleWindow::After, ExampleWindow::Tail};
};

/// How well a decoder answers questions that its training never saw, and how its controls answer them.
///
/// exact   the greedy answer equals the right one, without regard to case and a full stop.
/// Cancel  after each block and each token.   Cost  about a tenth of a second a question and control on two cores.
[[nodiscard]] Outcome<std::vector<DecoderFigure>> evaluateDecoder(LanguageModel& model, const Adapter& adapter,
                                                                  const DecoderCard& card, const QuestionData& data,
                                                                  const EvaluationSettings& settings,
                                                                  JobContext& context);

}  // namespace patchbay
