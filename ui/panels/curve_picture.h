#pragma once

#include <memory>

#include "core/data/learning_curve.h"
#include "ui/models/result_table.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

using SharedCurve = std::shared_ptr<const LearningCurveResult>;

/// What stands below the picture; the others tell its lines apart.
enum class CurveAxis { Questions, Rank, Layer };
/// What stands at its side.
enum class CurveMeasure { Choice, Loss };
inline constexpr int kCurveAxes = 3, kCurveMeasures = 2;

[[nodiscard]] QString curveAxisName(CurveAxis axis);
[[nodiscard]] QString curveMeasureName(CurveMeasure measure);
/// The axis along which most was varied.
[[nodiscard]] CurveAxis widestAxis(const LearningCurveResult& result);
/// One line for each combination of what is not on the axis, the first four of them, beside the mean of all with states
/// of another prompt and, of choices, chance.
[[nodiscard]] std::shared_ptr<const LinePlotData> curvePlot(const LearningCurveResult& result, CurveAxis axis,
                                                            CurveMeasure measure);
/// The best decoder with its interval and control, and what doubling the questions gives.
[[nodiscard]] QString curveStatement(const LearningCurveResult& result);
/// Every training.
[[nodiscard]] ResultTable curvePointTable(const SharedCurve& result);

}  // namespace patchbay::ui
