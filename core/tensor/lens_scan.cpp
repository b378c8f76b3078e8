#include "core/tensor/lens_scan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "core/tensor/cpu_kernel.h"
#include "core/tensor/largest.h"

namespace patchbay {
namespace {

constexpr std::int64_t kTile = 1024;
constexpr std::int64_t kChunk = 256;

PB_CPU_CLONES float maxOf(const float* x, std::int64_t count) { return largest(x, count); }

struct TileSums {
  float weight = 0;  // sum exp(x - shift)
  float moment = 0;  // sum exp(x - shift) * (x - shift)
  float cross = 0;   // sum of exp(final logit - its shift) * x
};

PB_CPU_CLONES TileSums sumTile(const float* x, const float* finalWeights, float shift, std::int64_t count) {
  float weight = 0, moment = 0, cross = 0;
#pragma omp simd reduction(+ : weight, moment, cross)
  for (std::int64_t i = 0; i < count; ++i) {
    const float distance = x[i] - shift;
    const float e = fastExp(distance);
    weight += e;
    moment += e * distance;
    cross += finalWeights[i] * x[i];
  }
  return {weight, moment, cross};
}

PB_CPU_CLONES void weightsOf(const float* x, float* weights, float shift, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) weights[i] = fastExp(x[i] - shift);
}

PB_CPU_CLONES std::int64_t countAbove(const float* x, float bound, std::int64_t count) {
  std::int32_t above = 0;
#pragma omp simd reduction(+ : above)
  for (std::int64_t i = 0; i < count; ++i) above += x[i] > bound ? 1 : 0;
  return above;
}

/// Running sums and ranking of one row.
struct RowState {
  float shift = -std::numeric_limits<float>::infinity();
  double weight = 0, moment = 0, cross = 0;
  std::vector<std::pair<float, std::int32_t>> top;  // best first
};

void insertTop(RowState& row, int k, float logit, std::int32_t id) {
  if (static_cast<int>(row.top.size()) == k && logit <= row.top.back().first) return;
  auto place = std::ranges::upper_bound(row.top, logit, std::greater<>(), &std::pair<float, std::int32_t>::first);
  row.top.insert(place, {logit, id});
  if (static_cast<int>(row.top.size()) > k) row.top.pop_back();
}

/// Moves the sums of a row to a higher shift. Returns the factor its weights were scaled by.
double raiseShift(RowState& row, float shift) {
  if (shift <= row.shift) return 1;
  const double move = row.weight > 0 ? static_cast<double>(row.shift) - shift : 0;
  const double factor = row.weight > 0 ? std::exp(move) : 0;
  row.moment = (row.moment + row.weight * move) * factor;
  row.weight *= factor;
  row.shift = shift;
  return factor;
}

/// Ranks a tile's logits into the row's top k and returns the largest of them.
float rankTile(RowState& row, const float* x, std::int64_t firstId, std::int64_t count, int k) {
  float tileMax = -std::numeric_limits<float>::infinity();
  for (std::int64_t begin = 0; begin < count; begin += kChunk) {
    const std::int64_t length = std::min(kChunk, count - begin);
    const float chunkMax = maxOf(x + begin, length);
    tileMax = std::max(tileMax, chunkMax);
    if (static_cast<int>(row.top.size()) == k && chunkMax <= row.top.back().first) continue;
    for (std::int64_t i = begin; i < begin + length; ++i)
      insertTop(row, k, x[i], static_cast<std::int32_t>(firstId + i));
  }
  return tileMax;
}

void takeTile(RowState& row, const float* x, const float* finalWeights, std::int64_t count) {
  const TileSums sums = sumTile(x, finalWeights, row.shift, count);
  row.weight += sums.weight;
  row.moment += sums.moment;
  row.cross += sums.cross;
}

/// One tile of the vocabulary for all rows.
struct Tile {
  const float* logits = nullptr;  ///< [R, count]
  std::int64_t firstId = 0, count = 0;
};

/// The final rows go first: what they weigh enters the cross sums of all rows of their token.
class TileTaker {
public:
  TileTaker(std::vector<RowState>& rows, std::int64_t tokens, int k)
      : m_rows(rows),
        m_tokens(tokens),
        m_k(k),
        m_weights(static_cast<std::size_t>(tokens * kTile)),
        m_factors(static_cast<std::size_t>(tokens)) {}

  void take(const Tile& tile, const std::function<void(std::int64_t row)>& alsoForRow) {
    const auto rowCount = static_cast<std::int64_t>(m_rows.size());
    const std::int64_t firstFinal = rowCount - m_tokens;
    at::parallel_for(0, m_tokens, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t token = begin; token < end; ++token) {
        RowState& row = m_rows[static_cast<std::size_t>(firstFinal + token)];
        const float* logits = tile.logits + (firstFinal + token) * tile.count;
        m_factors[static_cast<std::size_t>(token)] =
            raiseShift(row, rankTile(row, logits, tile.firstId, tile.count, m_k));
        weightsOf(logits, weightsOfToken(token), row.shift, tile.count);
      }
    });
    at::parallel_for(0, rowCount, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        RowState& row = m_rows[static_cast<std::size_t>(r)];
        const float* logits = tile.logits + r * tile.count;
        if (r < firstFinal) raiseShift(row, rankTile(row, logits, tile.firstId, tile.count, m_k));
        row.cross *= m_factors[static_cast<std::size_t>(r % m_tokens)];
        takeTile(row, logits, weightsOfToken(r % m_tokens), tile.count);
        alsoForRow(r);
      }
    });
  }

private:
  [[nodiscard]] float* weightsOfToken(std::int64_t token) { return m_weights.data() + token * kTile; }

  std::vector<RowState>& m_rows;
  std::int64_t m_tokens;
  int m_k;
  std::vector<float> m_weights;   // [T, kTile]
  std::vector<double> m_factors;  // [T]
};

LensRows finish(const std::vector<RowState>& rows, std::size_t tokens, int k) {
  LensRows out;
  const std::size_t firstFinal = rows.size() - tokens;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const RowState& row = rows[r];
    for (int i = 0; i < k; ++i) {
      out.topIds.push_back(row.top[static_cast<std::size_t>(i)].second);
      out.topLogits.push_back(row.top[static_cast<std::size_t>(i)].first);
    }
    const double logSum = row.shift + std::log(row.weight);
    out.logSumExp.push_back(logSum);
    out.entropyBits.push_back(static_cast<float>((std::log(row.weight) - row.moment / row.weight) / std::numbers::ln2));
    // KL(f || r) = sum p_f l_f - lse_f - sum p_f l_r + lse_r
    const RowState& final = rows[firstFinal + r % tokens];
    const double finalSum = final.shift + std::log(final.weight);
    const double nats = (final.cross / final.weight - finalSum) - (row.cross / final.weight - logSum);
    out.klBits.push_back(static_cast<float>(std::max(0.0, nats) / std::numbers::ln2));
  }
  return out;
}

}  // namespace

LensRows scanLens(const LensScanRequest& request) {
  const std::int64_t rowCount = request.rows, tokens = request.tokens;
  const int k = static_cast<int>(std::min<std::int64_t>(request.topK, request.vocabulary));
  const std::int64_t trackedCount = request.trackedLogits.defined() ? request.trackedLogits.size(0) : 0;
  const at::Tensor trackedLogits = trackedCount > 0 ? request.trackedLogits.contiguous() : at::Tensor();
  const float* bounds = trackedCount > 0 ? trackedLogits.const_data_ptr<float>() : nullptr;
  const float* following =
      request.followingLogits.defined() ? request.followingLogits.const_data_ptr<float>() : nullptr;
  std::vector<float> ranks(static_cast<std::size_t>(trackedCount * rowCount), 1.0F);
  std::vector<float> followingRank(following ? static_cast<std::size_t>(tokens) : 0, 1.0F);
  std::vector<RowState> rows(static_cast<std::size_t>(rowCount));

  TileTaker taker(rows, tokens, k);
  at::Tensor logits = at::empty({rowCount, std::min(kTile, request.vocabulary)}, at::kFloat);
  for (std::int64_t begin = 0; begin < request.vocabulary; begin += kTile) {
    if (request.checkpoint) request.checkpoint();
    const std::int64_t count = std::min(kTile, request.vocabulary - begin);
    if (count < logits.size(1)) logits = at::empty({rowCount, count}, at::kFloat);
    request.multiply(begin, logits);
    const float* x = logits.const_data_ptr<float>();
    taker.take({.logits = x, .firstId = begin, .count = count}, [&](std::int64_t r) {
      // A token's own logit came from another product; a hair's breadth keeps it from outranking itself.
      const auto above = [&](float logit) {
        return static_cast<float>(countAbove(x + r * count, logit + 1e-5F * (1.0F + std::abs(logit)), count));
      };
      for (std::int64_t n = 0; n < trackedCount; ++n) {
        const auto place = static_cast<std::size_t>(n * rowCount + r);
        ranks[place] += above(bounds[place]);
      }
      if (const std::int64_t token = r - (rowCount - tokens); following && token >= 0)
        followingRank[static_cast<std::size_t>(token)] += above(following[token]);
    });
  }
  LensRows out = finish(rows, static_cast<std::size_t>(tokens), k);
  if (trackedCount > 0) out.trackedLogits.assign(bounds, bounds + trackedLogits.numel());
  out.trackedRank = std::move(ranks);
  out.followingRank = std::move(followingRank);
  return out;
}

}  // namespace patchbay
