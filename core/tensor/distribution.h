#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor/aten.h"

namespace patchbay {

/// One place of a ranking: token id, logit, probability.
struct Ranked {
  std::int32_t id = 0;
  float logit = 0;
  float p = 0;
};

/// A next-token distribution given by its logits, summed up in one pass.
///
/// Units    logits in nats; entropy in bits. Precision float32 sums over float32 logits.
class Distribution {
public:
  /// logits [V], any dtype and device; copied to the host.
  explicit Distribution(const at::Tensor& logits);

  [[nodiscard]] std::int64_t size() const { return m_logits.numel(); }
  [[nodiscard]] float logit(std::int64_t id) const { return m_logits.const_data_ptr<float>()[id]; }
  [[nodiscard]] float probability(std::int64_t id) const;
  [[nodiscard]] double logSumExp() const { return m_logSumExp; }
  [[nodiscard]] float entropyBits() const { return m_entropyBits; }
  /// The k likeliest, best first; equal logits by lower id first.
  [[nodiscard]] std::vector<Ranked> top(int k) const;
  [[nodiscard]] std::int32_t best() const;
  /// KL(this || other) in bits.
  [[nodiscard]] float klBits(const Distribution& other) const;
  [[nodiscard]] const at::Tensor& logits() const { return m_logits; }

private:
  at::Tensor m_logits;  // [V] float32 on the host
  double m_logSumExp = 0;
  float m_entropyBits = 0;
};

}  // namespace patchbay
