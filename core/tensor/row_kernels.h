#pragma once

#include "core/tensor/aten.h"

/// Fused row operations of the transformer. Each takes the fast loop for contiguous float32 on the CPU and the same
/// formula in ATen operations elsewhere.
namespace patchbay {

/// x / sqrt(mean(x^2) + eps) * weight, computed in float32.
/// Shapes   x [..., D], weight [D]; result like x.
/// Source   Zhang and Sennrich 2019, RMSNorm, eq. 4.
[[nodiscard]] at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// silu(gate) * up of a fused gate/up product.
/// Shapes   gateUp [..., 2F], gate first; result [..., F].
[[nodiscard]] at::Tensor siluTimesUp(const at::Tensor& gateUp);

/// Rotates pairs (i, i + K/2) of every head by position: the half-split rotary form of the Llama family.
/// Shapes   x [B, T, H, K]; cosines, sines [T, K/2]. Result like x.
/// Source   Su et al. 2021, RoFormer, section 3.4.2.
[[nodiscard]] at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines);

}  // namespace patchbay
