#pragma once

#include <vector>

#include "core/tensor/aten.h"

/// Operations with a written backward pass, which keep less and compute less than the same ones composed.
namespace patchbay::graph {

/// The part of an adapter that adds to neighbouring outputs of a product.
struct LowRankTerm {
  std::int64_t first = 0;
  at::Tensor down;  ///< [rank, in]
  at::Tensor up;    ///< [outputs, rank]
};

/// How adapter terms enter a product: y += scale * (drop(x) down^T) up^T.
struct LowRankTerms {
  std::vector<LowRankTerm> terms;
  double scale = 1;
  at::Tensor keep;  ///< [N, in], zero where dropout silences an input and 1 / (1 - p) elsewhere; undefined: no dropout
};

/// x W^T + b plus the terms of an adapter; gradients reach x and the terms, never W and b.
/// Shapes     x [N, in], weight [out, in], bias [out] or undefined; result [N, out].
/// Precision  products are of the weight's type, float32 or bfloat16; sums of products, b, the result and gradients
///            are float32.
[[nodiscard]] at::Tensor adaptedProduct(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                        const LowRankTerms& adapter);

/// x W^T + b; gradients reach x and W, which is float32, and never b.
/// Precision  the product is of `type`, the rest float32.
[[nodiscard]] at::Tensor trainedProduct(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                        at::ScalarType type);

/// x / sqrt(mean(x^2) + eps) * weight; gradients reach x.
/// Shapes   x [N, D], weight [D].
[[nodiscard]] at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// silu(gate) * up of a fused product [N, 2 F], gate first.
[[nodiscard]] at::Tensor siluTimesUp(const at::Tensor& gateUp);

/// weight * -log p(target) of each row; gradients reach the states. Logits are never all held at once.
/// Shapes   states [R, D] behind the final norm, unembedding [V, D], targets [R] int64, weights [R]; result [R].
[[nodiscard]] at::Tensor crossEntropy(const at::Tensor& states, const at::Tensor& unembedding,
                                      const at::Tensor& targets, const at::Tensor& weights);

/// weight * KL(goal || said) of each row, nats, where both are distributions over next tokens; gradients reach the
/// states. Logits are never all held at once.
/// Shapes   states and goals [R, D] behind the final norm, unembedding [V, D], weights [R]; result [R].
[[nodiscard]] at::Tensor divergence(const at::Tensor& states, const at::Tensor& unembedding, const at::Tensor& goals,
                                    const at::Tensor& weights);

}  // namespace patchbay::graph
