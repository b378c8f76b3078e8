#include "core/analysis/linear_probe.h"

#include <cmath>

namespace patchbay {
namespace {

constexpr int kMostSteps = 2000, kLineSteps = 3, kHalvings = 20;
constexpr double kPrecise = 1e-6;
constexpr double kNoVariance = 1e-10;  ///< of an axis, beside the largest

/// Points in their principal axes: even = points `axes`^T, and the columns of `points` stand upright on each other.
struct PrincipalAxes {
  at::Tensor points;   ///< [N, K]
  at::Tensor axes;     ///< [D, K]
  at::Tensor squares;  ///< squared length of each column, [K]
};

PrincipalAxes principalAxes(const at::Tensor& even) {
  const bool areFew = even.size(0) <= even.size(1);
  auto [values, vectors] = at::linalg_eigh(areFew ? at::mm(even, even.t()) : at::mm(even.t(), even));
  const double largest = std::max(values.max().item<double>(), 1e-300);
  const at::Tensor kept = (values > kNoVariance * largest).nonzero().flatten();
  values = values.index_select(0, kept);
  vectors = vectors.index_select(1, kept);
  if (areFew)
    return {.points = vectors * values.sqrt(), .axes = at::mm(even.t(), vectors) / values.sqrt(), .squares = values};
  return {.points = at::mm(even, vectors), .axes = vectors, .squares = values};
}

/// Fits beside one another, one a column, by conjugate gradients.
class LogisticFits {
public:
  /// points [N, K], signs [N, C], squares [K]: squared lengths of the points' columns, penalties [K, 1].
  LogisticFits(const at::Tensor& points, const at::Tensor& signs, const at::Tensor& squares,
               const at::Tensor& penalties)
      : m_points(points),
        m_signs(signs),
        m_squares(squares),
        m_penalties(penalties),
        m_w(at::zeros({points.size(1), signs.size(1)}, points.options())),
        m_scores(at::zeros_like(signs)) {}

  at::Tensor run(const JobContext& context) {
    at::Tensor direction, oldSlope, oldSize, first;
    for (int step = 0; step < kMostSteps; ++step) {
      context.checkpoint();
      const at::Tensor miss = at::sigmoid(-m_signs * m_scores);                           // [N, C]
      const at::Tensor slope = m_penalties * m_w - at::mm(m_points.t(), miss * m_signs);  // [K, C]
      // The curvature of each axis, were all points as far from the border as they are on average.
      const at::Tensor curvature = (miss * (1 - miss)).mean(0, true).clamp_min(1e-12) * m_squares + m_penalties;
      const at::Tensor size = (slope.square() / curvature).sum(0, true);  // [1, C]
      if (step == 0) first = size.clamp_min(1e-20);
      if ((size <= kPrecise * kPrecise * first).all().item<bool>()) break;
      const at::Tensor steepest = -slope / curvature;
      if (step == 0) {
        direction = steepest;
      } else {
        const at::Tensor turn = ((slope - oldSlope) * -steepest).sum(0, true) / oldSize;
        direction = steepest + turn.clamp_min(0) * direction;
        direction = at::where((direction * slope).sum(0, true) < 0, direction, steepest);
      }
      oldSlope = slope;
      oldSize = size.clamp_min(1e-300);
      go(direction);
    }
    return m_w;
  }

private:
  /// Along each column's direction to where its loss is least, nearly.
  void go(const at::Tensor& direction) {
    const at::Tensor along = at::mm(m_points, direction);  // [N, C]
    const at::Tensor bend = (m_penalties * direction.square()).sum(0, true);
    const at::Tensor tilt = (m_penalties * direction * m_w).sum(0, true);
    at::Tensor length = at::zeros_like(bend);  // [1, C]
    for (int step = 0; step < kLineSteps; ++step) {
      const at::Tensor miss = at::sigmoid(-m_signs * (m_scores + length * along));
      const at::Tensor slope = tilt + length * bend - (miss * m_signs * along).sum(0, true);
      const at::Tensor curvature = bend + (miss * (1 - miss) * along.square()).sum(0, true);
      length = length - slope / curvature.clamp_min(1e-300);
    }
    const auto lossAt = [&](const at::Tensor& at) {
      return at::softplus(-m_signs * (m_scores + at * along)).sum(0, true) + at * tilt + at.square() * bend / 2;
    };
    const at::Tensor before = lossAt(at::zeros_like(length));
    for (int step = 0; step < kHalvings; ++step) {
      const at::Tensor isWorse = lossAt(length) > before;
      if (!isWorse.any().item<bool>()) break;
      length = at::where(isWorse, length / 2, length);
    }
    length = at::where(lossAt(length) > before, 0.0, length);
    m_w = m_w + length * direction;
    m_scores = m_scores + length * along;
  }

  const at::Tensor &m_points, &m_signs, &m_squares, &m_penalties;
  at::Tensor m_w;       // [K, C]
  at::Tensor m_scores;  // points times w, [N, C]
};

}  // namespace

at::Tensor LinearProbe::tell(const at::Tensor& points) const {
  return (at::mm(points.to(at::kDouble), weights.t()) + biases).argmax(1);
}

at::Tensor oneAgainstOthers(const at::Tensor& labels, std::int64_t classes) {
  return at::where(labels.unsqueeze(1) == at::arange(classes).unsqueeze(0), 1.0, -1.0).to(at::kDouble);
}

LinearProbe fitLogistic(const at::Tensor& points, const at::Tensor& signs, double penalty, const JobContext& context) {
  const at::Tensor x = points.to(at::kDouble);
  const at::Tensor mean = x.mean(0);
  at::Tensor scale = x.std(0, /*unbiased=*/false);
  scale = at::where(scale > 0, scale, 1.0) * std::sqrt(static_cast<double>(x.size(1)));
  const PrincipalAxes inner = principalAxes((x - mean) / scale);
  // With the column of the bias, which stands upright on all others: they have mean 0.
  const at::Tensor z = at::cat({inner.points, at::ones({x.size(0), 1}, x.options())}, 1);  // [N, K + 1]
  at::Tensor penalties = at::full({z.size(1), 1}, penalty, x.options());
  penalties[-1] = 0;
  const at::Tensor count = at::full({1}, static_cast<double>(x.size(0)), x.options());
  const at::Tensor squares = at::cat({inner.squares, count}).unsqueeze(1);  // [K + 1, 1]
  const at::Tensor w = LogisticFits(z, signs, squares, penalties).run(context);
  const std::int64_t axes = inner.points.size(1);
  LinearProbe probe;
  probe.weights = (at::mm(inner.axes, w.narrow(0, 0, axes)) / scale.unsqueeze(1)).t().contiguous();  // [C, D]
  probe.biases = w[axes] - at::mv(probe.weights, mean);
  return probe;
}

LinearProbe fitWhitened(const at::Tensor& points, const at::Tensor& labels, std::int64_t classes, double shrinkage,
                        const JobContext& context) {
  const at::Tensor x = points.to(at::kDouble);
  const auto count = static_cast<double>(x.size(0)), width = static_cast<double>(x.size(1));
  at::Tensor centred = x.clone(), means = at::zeros({classes, x.size(1)}, x.options());
  at::Tensor priors = at::zeros({classes}, x.options());
  for (std::int64_t label = 0; label < classes; ++label) {
    const at::Tensor which = (labels == label).nonzero().flatten();
    if (which.numel() == 0) continue;
    means[label].copy_(x.index_select(0, which).mean(0));
    centred.index_add_(0, which, -means[label].expand({which.numel(), x.size(1)}));
    priors[label] = static_cast<double>(which.numel()) / count;
  }
  context.checkpoint();
  const PrincipalAxes inner = principalAxes(centred);
  context.checkpoint();
  // The covariance is (1 - s) S + s m I: along the axes of S it has its own variance, across them that of the
  // shrinkage.
  const double floor = shrinkage * inner.squares.sum().item<double>() / count / width + 1e-12;
  const at::Tensor variances = inner.squares * ((1 - shrinkage) / count) + floor;  // [K]
  const at::Tensor along = at::mm(means, inner.axes);                              // [C, K]
  LinearProbe probe;
  probe.weights = at::mm(along / variances - along / floor, inner.axes.t()) + means / floor;  // [C, D]
  probe.biases = priors.clamp_min(1e-12).log() - 0.5 * (probe.weights * means).sum(1);
  return probe;
}

}  // namespace patchbay
