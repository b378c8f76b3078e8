#pragma once

#include "core/tensor/aten.h"

namespace patchbay {

/// Keys and values that queries may see: a prefix shared by the whole batch, then each row's own.
///
/// Shapes   sharedKeys, sharedValues [Hkv, P, K] or undefined; ownKeys, ownValues [B, Hkv, N, K]. The last T of the own
///          places are the queries' own tokens: query t sees the shared ones and the first N - T + t + 1 own ones.
struct VisibleKeys {
  at::Tensor sharedKeys, sharedValues;
  at::Tensor ownKeys, ownValues;

  [[nodiscard]] std::int64_t sharedCount() const { return sharedKeys.defined() ? sharedKeys.size(1) : 0; }
};

/// Causal attention weights softmax(q k / sqrt(K)) in float32.
/// Shapes   queries [B, T, H, K]; result [B, H, T, P + N]; masked places are 0.
[[nodiscard]] at::Tensor attentionPattern(const at::Tensor& queries, const VisibleKeys& visible, double scale);

/// Values mixed by a pattern.
/// Shapes   pattern [B, H, T, P + N]; result z [B, T, H, K].
[[nodiscard]] at::Tensor mixValues(const at::Tensor& pattern, const VisibleKeys& visible);

/// Both at once, without keeping the pattern: a fused loop for few queries, `scaled_dot_product_attention` for long
/// prompts, the two functions above elsewhere.
[[nodiscard]] at::Tensor attend(const at::Tensor& queries, const VisibleKeys& visible, double scale);

}  // namespace patchbay
