#include "core/tensor/attention_kernel.h"

#include <cmath>
#include <vector>

#include "core/tensor/attention_loops.h"
#include "core/tensor/attention_panels.h"
#include "core/tensor/cpu_kernel.h"

namespace patchbay {
namespace {

/// From here on one library call beats the fused loop.
constexpr std::int64_t kLongPrompt = 48;

bool canFuse(const at::Tensor& queries, const VisibleKeys& visible) {
  if (!isFastFloat(queries)) return false;
  if (visible.sharedCount() > 0 && (!areRowsDense(visible.sharedKeys) || !areRowsDense(visible.sharedValues)))
    return false;
  return areRowsDense(visible.ownKeys) && areRowsDense(visible.ownValues);
}

at::Tensor attendFused(const at::Tensor& queries, const VisibleKeys& visible, double scale) {
  const std::int64_t batch = queries.size(0), tokens = queries.size(1), heads = queries.size(2),
                     width = queries.size(3);
  const std::int64_t group = heads / visible.ownKeys.size(1);
  const std::int64_t shared = visible.sharedCount(), own = visible.ownKeys.size(2);
  at::Tensor out = at::zeros(queries.sizes(), queries.options());
  const float* q = queries.const_data_ptr<float>();
  float* z = out.data_ptr<float>();
  const auto base = [](const at::Tensor& x) { return x.defined() ? x.const_data_ptr<float>() : nullptr; };
  const float* sk = base(visible.sharedKeys);
  const float* sv = base(visible.sharedValues);
  const float* ok = base(visible.ownKeys);
  const float* ov = base(visible.ownValues);
  const std::int64_t sharedStride = shared > 0 ? visible.sharedKeys.stride(0) : 0;
  const std::int64_t sharedValueStride = shared > 0 ? visible.sharedValues.stride(0) : 0;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, (shared + own) * width));
  at::parallel_for(0, batch * tokens * heads, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scores(static_cast<std::size_t>(shared + own));
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t head = item % heads, token = item / heads % tokens, row = item / heads / tokens;
      const std::int64_t keyHead = head / group;
      const std::int64_t seen = own - tokens + token + 1;
      const float* keys = ok + row * visible.ownKeys.stride(0) + keyHead * visible.ownKeys.stride(1);
      const float* values = ov + row * visible.ownValues.stride(0) + keyHead * visible.ownValues.stride(1);
      if (shared > 0) scoreKeys(q + item * width, sk + keyHead * sharedStride, scores.data(), shared, width);
      scoreKeys(q + item * width, keys, scores.data() + shared, seen, width);
      softmaxScores(scores.data(), shared + seen, static_cast<float>(scale));
      if (shared > 0) addValues(scores.data(), sv + keyHead * sharedValueStride, z + item * width, shared, width);
      addValues(scores.data() + shared, values, z + item * width, seen, width);
    }
  });
  return out;
}

/// Queries sorted to their key-value head. [B, T, H, K] -> [B, Hkv, G * T, K]
at::Tensor groupQueries(const at::Tensor& queries, std::int64_t keyHeads) {
  const std::int64_t batch = queries.size(0), tokens = queries.size(1), heads = queries.size(2),
                     width = queries.size(3);
  return queries.transpose(1, 2).reshape({batch, keyHeads, heads / keyHeads * tokens, width});
}

}  // namespace

at::Tensor attentionPattern(const at::Tensor& queries, const VisibleKeys& visible, double scale) {
  const std::int64_t batch = queries.size(0), tokens = queries.size(1), heads = queries.size(2);
  const std::int64_t own = visible.ownKeys.size(2);
  const at::Tensor grouped = groupQueries(queries, visible.ownKeys.size(1));                  // [B, Hkv, G*T, K]
  at::Tensor scores = at::matmul(grouped, visible.ownKeys.transpose(-1, -2)).to(at::kFloat);  // [B, Hkv, G*T, N]
  scores = scores.reshape({batch, heads, tokens, own}) * scale;
  const at::Tensor hidden = at::ones({tokens, own}, scores.options().dtype(at::kBool)).triu(own - tokens + 1);
  scores = scores.masked_fill(hidden, -std::numeric_limits<float>::infinity());
  if (visible.sharedCount() > 0) {
    at::Tensor before = at::matmul(grouped, visible.sharedKeys.transpose(-1, -2)).to(at::kFloat);  // [B, Hkv, G*T, P]
    before = before.reshape({batch, heads, tokens, visible.sharedCount()}) * scale;
    scores = at::cat({before, scores}, -1);
  }
  return at::softmax(scores, -1);  // [B, H, T, P + N]
}

at::Tensor mixValues(const at::Tensor& pattern, const VisibleKeys& visible) {
  const std::int64_t batch = pattern.size(0), heads = pattern.size(1), tokens = pattern.size(2);
  const std::int64_t keyHeads = visible.ownValues.size(1), own = visible.ownValues.size(2),
                     width = visible.ownValues.size(3);
  const std::int64_t shared = visible.sharedCount();
  const at::Tensor weights = pattern.to(visible.ownValues.scalar_type());
  const auto grouped = [&](std::int64_t from, std::int64_t count) {
    return weights.narrow(-1, from, count).reshape({batch, keyHeads, heads / keyHeads * tokens, count});
  };
  at::Tensor mixed = at::matmul(grouped(shared, own), visible.ownValues);  // [B, Hkv, G*T, K]
  if (shared > 0) mixed = mixed + at::matmul(grouped(0, shared), visible.sharedValues);
  return mixed.reshape({batch, heads, tokens, width}).transpose(1, 2).contiguous();  // [B, T, H, K]
}

at::Tensor attend(const at::Tensor& queries, const VisibleKeys& visible, double scale) {
  if (canAttendPanels(queries, visible)) return attendPanels(queries, visible, scale);
  const std::int64_t tokens = queries.size(1);
  const bool isWholePrompt = visible.sharedCount() == 0 && visible.ownKeys.size(2) == tokens;
  if (isWholePrompt && tokens >= kLongPrompt) {
    const std::int64_t group = queries.size(2) / visible.ownKeys.size(1);
    const at::Tensor keys = group == 1 ? visible.ownKeys : visible.ownKeys.repeat_interleave(group, 1);
    const at::Tensor values = group == 1 ? visible.ownValues : visible.ownValues.repeat_interleave(group, 1);
    return at::scaled_dot_product_attention(queries.transpose(1, 2), keys, values, {}, 0.0, true, scale)
        .transpose(1, 2)
        .contiguous();  // [B, T, H, K]
  }
  if (tokens < kLongPrompt && canFuse(queries, visible)) return attendFused(queries, visible, scale);
  return mixValues(attentionPattern(queries, visible, scale), visible);
}

}  // namespace patchbay
