#include "core/data/training_settings.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace patchbay {

double ScheduleSettings::at(std::int64_t step, std::int64_t steps) const {
  if (step < warmUp) return learningRate * static_cast<double>(step + 1) / static_cast<double>(warmUp);
  const double after = static_cast<double>(std::max<std::int64_t>(steps - 1 - warmUp, 1));
  const double way = std::min(1.0, static_cast<double>(step - warmUp) / after);
  switch (kind) {
    case ScheduleKind::Constant: return learningRate;
    case ScheduleKind::Linear: return learningRate * (1 - way * (1 - lastShare));
    case ScheduleKind::Cosine:
      return learningRate * (lastShare + (1 - lastShare) * (1 + std::cos(std::numbers::pi * way)) / 2);
  }
  return learningRate;
}

}  // namespace patchbay
