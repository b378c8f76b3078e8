#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/data/question_data.h"
#include "core/decoder/decoder_file.h"
#include "core/model/language_model.h"

namespace patchbay {

struct EvaluationSettings {
  int items = 40;  ///< of each family, window, kind and split
  bool hasControls = true;
  std::uint64_t seed = 1;
  std::vector<ExampleWindow> windows{ExampleWindow::Evidence, ExampleWindow::After, ExampleWindow::Tail};
};

/// Whether an answer in words is the right one, without regard to case and a full stop.
[[nodiscard]] bool isRightAnswer(const std::string& said, const std::string& answer);

/// Of the examples 0 to count - 1 one about another prompt than `index` and with another answer, for the control of
/// shuffled states; with the same answer where there is no other, and `index` itself where there is no other prompt.
[[nodiscard]] std::size_t otherExample(std::size_t count, std::size_t index,
                                       const std::function<const DecoderExample&(std::size_t)>& at);

/// How well a decoder answers questions that its training never saw, and how its controls answer them.
///
/// exact   the greedy answer is the right one.
/// Cancel  after each block and each token.   Cost  about a tenth of a second a question and control on two cores.
[[nodiscard]] Outcome<std::vector<DecoderFigure>> evaluateDecoder(LanguageModel& model, const StoredDecoder& decoder,
                                                                  const QuestionData& data,
                                                                  const EvaluationSettings& settings,
                                                                  JobContext& context);

}  // namespace patchbay
