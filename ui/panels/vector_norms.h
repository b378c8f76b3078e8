#pragma once

#include <memory>
#include <vector>

#include "core/data/steering_vector.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// Length of the vector at each layer, in residual-stream units.
/// Cost   one pass over L*D values.
[[nodiscard]] std::vector<double> vectorNorms(const SteeringVector& vector);

/// The vector's norm by layer.
[[nodiscard]] std::shared_ptr<const LinePlotData> vectorNormPlot(const SteeringVector& vector, const QString& name);

}  // namespace patchbay::ui
