#pragma once

#include <cstdint>

#include "core/jobs/job_context.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// A linear classifier of points: the label of x is the row of `weights` x + `biases` that is largest.
struct LinearProbe {
  at::Tensor weights;  ///< [C, D], double
  at::Tensor biases;   ///< [C]

  /// Indices of labels, [N], of points [N, D].
  [[nodiscard]] at::Tensor tell(const at::Tensor& points) const;
};

/// 1 where a point has the label of the column and -1 elsewhere, [N, C] double; labels [N] of 0 to C - 1.
[[nodiscard]] at::Tensor oneAgainstOthers(const at::Tensor& labels, std::int64_t classes);

/// Logistic regressions beside one another, on channels brought to mean 0 and variance 1 / D, so that points have
/// length 1 on average.
///
/// Minimises, for each column y of `signs`, sum log(1 + exp(-y (w.x + b))) + penalty / 2 |w|^2, b without penalty, by
/// conjugate gradients in the points' principal axes, where the curvature is nearly upright.
/// Shapes   points [N, D], signs [N, C].   Precision  gradients below 1e-6 of their size at the beginning.
/// Cancel   after each step, not within the eigenproblem.
/// Cost     an eigenproblem of min(N, D) rows, and two products N x min(N, D) x C a step.
/// Source   Nocedal and Wright 2006, section 5.2 (Polak-Ribiere).
[[nodiscard]] LinearProbe fitLogistic(const at::Tensor& points, const at::Tensor& signs, double penalty,
                                      const JobContext& context);

/// Linear discriminants: one covariance for all labels, shrunk to its mean variance by `shrinkage`.
///
/// Shapes   points [N, D], labels [N] of 0 to C - 1.
/// Cancel   before and behind the eigenproblem.   Cost  an eigenproblem of min(N, D) rows.
/// Source   Hastie, Tibshirani, Friedman 2009, section 4.3; Ledoit and Wolf 2004 for the form.
[[nodiscard]] LinearProbe fitWhitened(const at::Tensor& points, const at::Tensor& labels, std::int64_t classes,
                                      double shrinkage, const JobContext& context);

}  // namespace patchbay
