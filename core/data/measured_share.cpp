#include "core/data/measured_share.h"

#include <algorithm>
#include <cmath>

namespace patchbay {
namespace {

/// Centre and half width of the Wilson interval at 95 %.
struct Interval {
  double centre = 0, half = 0;
};

Interval wilson(const MeasuredShare& measured) {
  if (measured.items <= 0) return {.centre = 0.5, .half = 0.5};
  constexpr double z = 1.959964;
  const double n = measured.items, p = measured.share(), down = 1 + z * z / n;
  return {.centre = (p + z * z / (2 * n)) / down, .half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / down};
}

}  // namespace

double MeasuredShare::low() const {
  const Interval interval = wilson(*this);
  return std::max(0.0, interval.centre - interval.half);
}

double MeasuredShare::high() const {
  const Interval interval = wilson(*this);
  return std::min(1.0, interval.centre + interval.half);
}

MeasuredShare MeasuredShare::ofOne(int repeats) const {
  const int each = std::max(1, repeats);
  return {.hits = static_cast<int>(std::lround(static_cast<double>(hits) / each)), .items = items / each};
}

}  // namespace patchbay
