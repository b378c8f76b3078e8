#include "core/tensor/attention_panels.h"

#include <algorithm>
#include <vector>

#include "core/tensor/attention_loops.h"
#include "core/tensor/cpu_kernel.h"
#include "core/tensor/panel_kernel.h"

namespace patchbay {
namespace {

/// Queries of one head that are worked on together.
constexpr std::int64_t kQueries = 4 * kPanelRows;
/// From so many keys of its own on, a row's keys are turned into panels.
constexpr std::int64_t kFewKeys = 16;
/// Queries from which on panels pay.
constexpr std::int64_t kLeastQueries = 6;

std::int64_t panelsFor(std::int64_t keys) { return (keys + kPanelWidth - 1) / kPanelWidth; }

/// Keys [n, heads, count, K] turned: [n * heads][panels][K][32].
std::vector<float> packKeys(const at::Tensor& keys) {
  const std::int64_t heads = keys.size(1), count = keys.size(2), width = keys.size(3), panels = panelsFor(count);
  std::vector<float> packed(static_cast<std::size_t>(keys.size(0) * heads * panels * width * kPanelWidth));
  const float* from = keys.const_data_ptr<float>();
  at::parallel_for(0, keys.size(0) * heads * panels, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t panel = i % panels, head = i / panels % heads, row = i / panels / heads;
      const float* place = from + row * keys.stride(0) + head * keys.stride(1) + panel * kPanelWidth * width;
      packPanel(place, width, std::min(kPanelWidth, count - panel * kPanelWidth), width,
                packed.data() + i * width * kPanelWidth);
    }
  });
  return packed;
}

/// One call's sizes and pointers.
class PanelAttention {
public:
  PanelAttention(const at::Tensor& queries, const VisibleKeys& visible, double scale)
      : m_batch(queries.size(0)),
        m_tokens(queries.size(1)),
        m_heads(queries.size(2)),
        m_width(queries.size(3)),
        m_group(m_heads / visible.ownKeys.size(1)),
        m_shared(visible.sharedCount()),
        m_own(visible.ownKeys.size(2)),
        m_scale(static_cast<float>(scale)),
        m_visible(visible),
        m_queries(queries.const_data_ptr<float>()),
        m_out(at::empty(queries.sizes(), queries.options())) {
    if (m_shared > 0) m_sharedPanels = packKeys(visible.sharedKeys.unsqueeze(0));
    if (m_own >= kFewKeys) m_ownPanels = packKeys(visible.ownKeys);
  }

  at::Tensor run() {
    // With few keys of their own the rows of the whole batch go through the prefix together.
    const bool isTogether = m_ownPanels.empty();
    const std::int64_t rows = isTogether ? m_batch * m_tokens : m_tokens;
    const std::int64_t blocks = (rows + kQueries - 1) / kQueries;
    const std::int64_t units = (isTogether ? 1 : m_batch) * blocks * m_heads;
    const std::int64_t work = std::max<std::int64_t>(1, (m_shared + m_own) * std::min(rows, kQueries) * m_width);
    at::parallel_for(0, units, std::max<std::int64_t>(1, 131072 / work), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t unit = begin; unit < end; ++unit) {
        // Late blocks see more keys: early and late ones in turn share them out evenly.
        const std::int64_t turn = unit / m_heads % blocks;
        const std::int64_t block = turn % 2 == 0 ? turn / 2 : blocks - 1 - turn / 2;
        const std::int64_t firstRow = unit / m_heads / blocks * m_tokens + block * kQueries;
        attendBlock(unit % m_heads, firstRow, std::min(kQueries, rows - block * kQueries));
      }
    });
    return m_out;
  }

private:
  /// Own keys that a row (b * T + t) sees.
  [[nodiscard]] std::int64_t ownSeen(std::int64_t row) const { return m_own - m_tokens + row % m_tokens + 1; }
  [[nodiscard]] const float* own(const at::Tensor& x, std::int64_t row, std::int64_t head) const {
    return x.const_data_ptr<float>() + row / m_tokens * x.stride(0) + head / m_group * x.stride(1);
  }

  /// Scores of `count` queries with keys in panels, to scores[r * stride].
  void scorePanels(const float* queries, std::int64_t count, const float* panels, std::int64_t keys, float* scores,
                   std::int64_t stride) const {
    for (std::int64_t panel = 0; panel < panelsFor(keys); ++panel) {
      multiplyPanel({.a = queries,
                     .aStride = m_heads * m_width,
                     .rows = count,
                     .inner = m_width,
                     .panel = panels + panel * m_width * kPanelWidth,
                     .panelStride = kPanelWidth,
                     .out = scores + panel * kPanelWidth,
                     .outStride = stride,
                     .width = std::min(kPanelWidth, keys - panel * kPanelWidth),
                     .adds = false});
    }
  }

  /// out (+)= weights [count, keys] times values [keys, K].
  void mixPanels(const float* weights, std::int64_t stride, std::int64_t count, const float* values, std::int64_t keys,
                 float* out, bool adds) const {
    for (std::int64_t column = 0; column < m_width; column += kPanelWidth) {
      multiplyPanel({.a = weights,
                     .aStride = stride,
                     .rows = count,
                     .inner = keys,
                     .panel = values + column,
                     .panelStride = m_width,
                     .out = out + column,
                     .outStride = m_heads * m_width,
                     .width = kPanelWidth,
                     .adds = adds});
    }
  }

  void attendBlock(std::int64_t head, std::int64_t firstRow, std::int64_t count) {
    const std::int64_t keyHead = head / m_group;
    const std::int64_t ownMost = m_ownPanels.empty() ? m_own : ownSeen(firstRow + count - 1);
    const std::int64_t stride = m_shared + ownMost;
    thread_local std::vector<float> scores;  // keeps its memory from block to block
    if (const auto needed = static_cast<std::size_t>(count * stride); scores.size() < needed) scores.resize(needed);
    const float* queries = m_queries + (firstRow * m_heads + head) * m_width;
    float* out = m_out.data_ptr<float>() + (firstRow * m_heads + head) * m_width;

    if (m_shared > 0) {
      const std::int64_t size = panelsFor(m_shared) * m_width * kPanelWidth;
      scorePanels(queries, count, m_sharedPanels.data() + keyHead * size, m_shared, scores.data(), stride);
    }
    if (!m_ownPanels.empty()) {
      const std::int64_t size = panelsFor(m_own) * m_width * kPanelWidth;
      const std::int64_t place = firstRow / m_tokens * (m_heads / m_group) + keyHead;
      scorePanels(queries, count, m_ownPanels.data() + place * size, ownMost, scores.data() + m_shared, stride);
    }
    for (std::int64_t r = 0; r < count; ++r) {
      float* row = scores.data() + r * stride;
      const std::int64_t seen = ownSeen(firstRow + r);
      if (m_ownPanels.empty()) {
        scoreKeys(queries + r * m_heads * m_width, own(m_visible.ownKeys, firstRow + r, head), row + m_shared, seen,
                  m_width);
      }
      softmaxScores(row, m_shared + seen, m_scale);
      std::fill(row + m_shared + seen, row + stride, 0.0F);
    }
    mixBlock(scores.data(), stride, head, firstRow, count, out);
  }

  void mixBlock(const float* scores, std::int64_t stride, std::int64_t head, std::int64_t firstRow, std::int64_t count,
                float* out) const {
    if (m_shared > 0) {
      const float* values = m_visible.sharedValues.const_data_ptr<float>();
      mixPanels(scores, stride, count, values + head / m_group * m_visible.sharedValues.stride(0), m_shared, out,
                false);
    }
    if (!m_ownPanels.empty()) {
      mixPanels(scores + m_shared, stride, count, own(m_visible.ownValues, firstRow, head), stride - m_shared, out,
                m_shared > 0);
      return;
    }
    for (std::int64_t r = 0; r < count; ++r) {
      float* to = out + r * m_heads * m_width;
      if (m_shared == 0) std::fill(to, to + m_width, 0.0F);
      addValues(scores + r * stride + m_shared, own(m_visible.ownValues, firstRow + r, head), to, ownSeen(firstRow + r),
                m_width);
    }
  }

  std::int64_t m_batch, m_tokens, m_heads, m_width, m_group, m_shared, m_own;
  float m_scale;
  const VisibleKeys& m_visible;
  const float* m_queries;
  at::Tensor m_out;
  std::vector<float> m_sharedPanels;  // [Hkv][panels][K][32]
  std::vector<float> m_ownPanels;     // [B * Hkv][panels][K][32]; empty when there are few
};

}  // namespace

bool canAttendPanels(const at::Tensor& queries, const VisibleKeys& visible) {
  const std::int64_t rows = queries.size(0) * queries.size(1);
  const std::int64_t keys = visible.sharedCount() + visible.ownKeys.size(2);
  if (!hasPanelKernel() || rows < kLeastQueries || keys < kFewKeys || queries.size(3) % kPanelWidth != 0) return false;
  // A few rows of long histories each: turning their keys would cost more than one look at them.
  if (visible.ownKeys.size(2) >= kFewKeys && queries.size(1) < kLeastQueries) return false;
  if (visible.sharedCount() > 0 && (!areRowsDense(visible.sharedKeys) || !areRowsDense(visible.sharedValues)))
    return false;
  return isFastFloat(queries) && areRowsDense(visible.ownKeys) && areRowsDense(visible.ownValues);
}

at::Tensor attendPanels(const at::Tensor& queries, const VisibleKeys& visible, double scale) {
  return PanelAttention(queries, visible, scale).run();
}

}  // namespace patchbay
