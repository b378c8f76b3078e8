#include <cmath>

#include "core/model/transformer.h"

namespace patchbay {
namespace {

/// A tensor that a graph may keep: those made under InferenceMode may not be kept.
at::Tensor keepable(const at::Tensor& tensor) {
  const at::Tensor wide = tensor.to(at::kFloat);
  return wide.is_inference() ? wide.clone() : wide;
}

at::Tensor norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return x * at::rsqrt(x.square().mean(-1, true) + eps) * keepable(weight);
}

at::Tensor product(const at::Tensor& x, const Linear& linear) {
  const at::Tensor y = at::matmul(x, keepable(linear.dense()).t());
  return linear.bias().defined() ? y + keepable(linear.bias()) : y;
}

/// x [T, H, K] by position, pairs (i, i + K/2).
at::Tensor turned(const at::Tensor& x, const RopeTable::Angles& angles) {
  const at::Tensor cosines = keepable(angles.cosines).unsqueeze(1), sines = keepable(angles.sines).unsqueeze(1);
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor first = x.narrow(-1, 0, half), second = x.narrow(-1, half, half);
  return at::cat({first * cosines - second * sines, second * cosines + first * sines}, -1);
}

}  // namespace

BlockTrace Transformer::trace(int layer, const at::Tensor& x) {
  const BlockWeights& weights = m_weights.blocks[static_cast<std::size_t>(layer)];
  const std::int64_t tokens = x.size(0), heads = m_config.heads, keyHeads = m_config.keyValueHeads,
                     width = m_config.headWidth;
  const at::Tensor qkv = product(norm(x, weights.attnNorm, m_config.normEps), weights.qkv);
  const auto part = [&](std::int64_t from, std::int64_t count) {
    return qkv.narrow(-1, from * width, count * width).unflatten(-1, {count, width});  // [T, heads, K]
  };
  const RopeTable::Angles angles = m_rope.at(0, tokens, tokens);
  const auto ofHeads = [&](const at::Tensor& shared) {
    return shared.repeat_interleave(heads / keyHeads, 1).transpose(0, 1);  // [H, T, K]
  };
  const at::Tensor q = turned(part(0, heads), angles).transpose(0, 1);
  const at::Tensor k = ofHeads(turned(part(heads, keyHeads), angles)), v = ofHeads(part(heads + keyHeads, keyHeads));
  const at::Tensor hidden = at::ones({tokens, tokens}, x.options().dtype(at::kBool)).triu(1);
  const at::Tensor scores = at::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(width));
  const at::Tensor pattern = at::softmax(scores.masked_fill(hidden, -INFINITY), -1);  // [H, T, T]
  BlockTrace trace;
  trace.z = at::matmul(pattern, v).transpose(0, 1).contiguous();  // [T, H, K]
  trace.attnOut = product(trace.z.flatten(1), weights.output);
  trace.middle = x + trace.attnOut;
  const at::Tensor gateUp = product(norm(trace.middle, weights.mlpNorm, m_config.normEps), weights.gateUp);
  const auto halves = gateUp.chunk(2, -1);
  trace.mlpOut = product(at::silu(halves[0]) * halves[1], weights.down);
  trace.out = trace.middle + trace.mlpOut;
  return trace;
}

at::Tensor Transformer::traceLogits(const at::Tensor& residual) const {
  return at::matmul(keepable(m_weights.unembedding.dense()), norm(residual, m_weights.finalNorm, m_config.normEps));
}

}  // namespace patchbay
