#include "core/data/steering_vector.h"

#include <cmath>

namespace patchbay {

std::vector<double> SteeringVector::norms() const {
  std::vector<double> norms;
  for (int layer = 0; layer < layers(); ++layer) {
    double sum = 0;
    for (const float value : rows.row(layer)) sum += static_cast<double>(value) * static_cast<double>(value);
    norms.push_back(std::sqrt(sum));
  }
  return norms;
}

}  // namespace patchbay
