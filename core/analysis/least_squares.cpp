#include "core/analysis/least_squares.h"

namespace patchbay {

at::Tensor Moments::covariance() const {
  const double n = static_cast<double>(count);
  const at::Tensor mean = x / n;
  return xx / n - at::outer(mean, mean);
}

AffineSolution solveLeastSquares(const Moments& sums, double ridge) {
  const double n = static_cast<double>(sums.count);
  const at::Tensor xMean = sums.x / n, yMean = sums.y / n;
  at::Tensor covariance = sums.covariance();
  const at::Tensor cross = sums.xy / n - at::outer(xMean, yMean);
  covariance.diagonal().add_(ridge * covariance.diagonal().mean());
  const at::Tensor matrix = at::cholesky_solve(cross, at::linalg_cholesky(covariance));
  return {matrix, yMean - at::matmul(xMean, matrix)};
}

}  // namespace patchbay
