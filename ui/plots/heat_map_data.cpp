#include "ui/plots/heat_map_data.h"

#include <algorithm>
#include <cmath>

namespace patchbay::ui {

CellRange cellRange(Cell a, Cell b) {
  return {{std::min(a.row, b.row), std::min(a.column, b.column)},
          {std::max(a.row, b.row), std::max(a.column, b.column)}};
}

double MapScale::position(double value) const {
  if (std::isnan(value)) return value;
  double low = min;
  double high = max;
  if (isLog) {
    constexpr double kSmallest = 1e-30;
    value = std::log10(std::max(value, kSmallest));
    low = std::log10(std::max(low, kSmallest));
    high = std::log10(std::max(high, kSmallest));
  }
  // A map of equal values has no scale; its middle is the honest colour.
  const double share = high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.5;
  return isReversed ? 1 - share : share;
}

}  // namespace patchbay::ui
