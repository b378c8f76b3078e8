#include "core/tensor/distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
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
  // topk says how far the ranking goes, but of equal logits it takes any.
  const bool takesAll = count == 0 || count == size();
  const float last = takesAll ? -std::numeric_limits<float>::infinity()
                              : std::get<0>(at::topk(m_logits, count))[count - 1].item<float>();
  const float* values = m_logits.const_data_ptr<float>();
  std::vector<Ranked> ranked;
  ranked.reserve(static_cast<std::size_t>(count));
  const auto take = [&](const auto& isWanted) {
    for (std::int64_t id = 0; id < size() && static_cast<std::int64_t>(ranked.size()) < count; ++id) {
      if (isWanted(values[id])) ranked.push_back({static_cast<std::int32_t>(id), values[id], probability(id)});
    }
  };
  take([last](float x) { return x > last; });
  take([last](float x) { return x == last; });
  take([](float x) { return std::isnan(x); });
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
