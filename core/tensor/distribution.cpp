#include "core/tensor/distribution.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace patchbay {

Distribution::Distribution(const at::Tensor& logits)
    : m_logits(logits.to(at::kCPU, at::kFloat).contiguous().view({-1})) {
  const at::Tensor shifted = m_logits - m_logits.max();
  const at::Tensor weights = shifted.exp();
  const double total = weights.sum(at::kDouble).item<double>();
  const double mean = (weights * shifted).sum(at::kDouble).item<double>() / total;
  m_logSumExp = std::log(total) + m_logits.max().item<double>();
  m_entropyBits = static_cast<float>((std::log(total) - mean) / std::numbers::ln2);
}

float Distribution::probability(std::int64_t id) const {
  return static_cast<float>(std::exp(static_cast<double>(logit(id)) - m_logSumExp));
}

std::vector<Ranked> Distribution::top(int k) const {
  const auto count = std::min<std::int64_t>(std::max(k, 0), size());
  const auto [values, ids] = at::topk(m_logits, count);
  std::vector<Ranked> ranked;
  ranked.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto id = static_cast<std::int32_t>(ids.const_data_ptr<std::int64_t>()[i]);
    ranked.push_back({id, logit(id), probability(id)});
  }
  std::ranges::stable_sort(
      ranked, [](const Ranked& a, const Ranked& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; });
  return ranked;
}

std::int32_t Distribution::best() const { return static_cast<std::int32_t>(m_logits.argmax().item<std::int64_t>()); }

float Distribution::klBits(const Distribution& other) const {
  const at::Tensor mine = (m_logits - m_logSumExp).to(at::kDouble);
  const at::Tensor theirs = (other.m_logits - other.m_logSumExp).to(at::kDouble);
  const double nats = (mine.exp() * (mine - theirs)).sum().item<double>();
  return static_cast<float>(std::max(0.0, nats) / std::numbers::ln2);
}

}  // namespace patchbay
