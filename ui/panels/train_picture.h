#pragma once

#include <memory>

#include "core/data/decoder_requests.h"
#include "core/data/question_preview.h"
#include "ui/models/result_table.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedTraining = std::shared_ptr<const TrainDecoderResult>;
using SharedPreview = std::shared_ptr<const QuestionPreview>;

/// Loss by step: of what is learned, of held-out questions, and of those with states of another prompt; beside a pinned
/// training where there is one.
[[nodiscard]] std::shared_ptr<const LinePlotData> lossPlot(const TrainDecoderResult& result,
                                                           const TrainDecoderResult* pinned, const QString& pinnedName);
/// How a training stands, in a line.
[[nodiscard]] QString trainingStatement(const TrainDecoderResult& result, bool isFinished);
/// What the held-out answers of now come to.
[[nodiscard]] QString sampleStatement(const TrainingCurves& curves);

/// Every point of the curves.
[[nodiscard]] ResultTable curveTable(const SharedTraining& result);
/// Held-out questions with the decoder's answers of now.
[[nodiscard]] ResultTable sampleTable(const SharedTraining& result);
/// What a training would learn from, by family.
[[nodiscard]] ResultTable countTable(const SharedPreview& preview);
/// Examples as the decoder meets them.
[[nodiscard]] ResultTable exampleTable(const SharedPreview& preview);

[[nodiscard]] QString windowName(ExampleWindow window);

}  // namespace patchbay::ui
