#pragma once

#include <cstdint>

#include "core/tensor/aten.h"

namespace patchbay {

/// Sums over states x [n, D] and y [n, D*], float64: all that least squares and its error need.
struct Moments {
  at::Tensor xx, xy, x, y;  // [D, D], [D, D*], [D], [D*]
  double yy = 0;
  std::int64_t count = 0;

  /// Of x, [D, D].
  [[nodiscard]] at::Tensor covariance() const;
};

/// y = x matrix + offset.
struct AffineSolution {
  at::Tensor matrix, offset;  // [D, D*], [D*], float64
};

/// Ridge regression of y on x; `ridge` is a share of the mean variance of x.   Source  methods section 1.1.
[[nodiscard]] AffineSolution solveLeastSquares(const Moments& sums, double ridge);

}  // namespace patchbay
