#pragma once

#include <memory>

#include "core/data/steering_vector.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// The vector's norm by layer.
[[nodiscard]] std::shared_ptr<const LinePlotData> vectorNormPlot(const SteeringVector& vector, const QString& name);

}  // namespace patchbay::ui
