#include "core/tensor/lens_scan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "core/tensor/cpu_kernel.h"

namespace patchbay {
namespace {

constexpr std::int64_t kTile = 1024;
constexpr std::int64_t kChunk = 256;

PB_CPU_CLONES float maxOf(const float* x, std::int64_t count) {
  float top = x[0];
#pragma omp simd reduction(max : top)
  for (std::int64_t i = 1; i < count; ++i) top = std::max(top, x[i]);
  return top;
}

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

/// All layers of one token over one tile. The final layer goes first: the others' cross sums follow its shift.
struct TokenTile {
  RowState* rows = nullptr;       ///< row of layer l at [l * tokens]
  const float* logits = nullptr;  ///< logits of layer l at [l * tokens * count]
  std::int64_t layers = 0, tokens = 0, firstId = 0, count = 0;
};

void takeToken(const TokenTile& tile, std::vector<float>& finalWeights, int k) {
  const auto row = [&](std::int64_t layer) -> RowState& { return tile.rows[layer * tile.tokens]; };
  const auto logits = [&](std::int64_t layer) { return tile.logits + layer * tile.tokens * tile.count; };
  double crossFactor = 1;
  for (std::int64_t layer = tile.layers - 1; layer >= 0; --layer) {
    const double factor = raiseShift(row(layer), rankTile(row(layer), logits(layer), tile.firstId, tile.count, k));
    if (layer == tile.layers - 1) {
      crossFactor = factor;
      weightsOf(logits(layer), finalWeights.data(), row(layer).shift, tile.count);
    }
    row(layer).cross *= crossFactor;
    takeTile(row(layer), logits(layer), finalWeights.data(), tile.count);
  }
}

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
  std::vector<float> ranks(static_cast<std::size_t>(trackedCount * rowCount), 1.0F);
  std::vector<RowState> rows(static_cast<std::size_t>(rowCount));

  at::Tensor logits = at::empty({rowCount, std::min(kTile, request.vocabulary)}, at::kFloat);
  for (std::int64_t begin = 0; begin < request.vocabulary; begin += kTile) {
    if (request.checkpoint) request.checkpoint();
    const std::int64_t count = std::min(kTile, request.vocabulary - begin);
    if (count < logits.size(1)) logits = at::empty({rowCount, count}, at::kFloat);
    request.multiply(begin, logits);
    const float* x = logits.const_data_ptr<float>();
    at::parallel_for(0, tokens, 1, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> finalWeights(static_cast<std::size_t>(count));
      for (std::int64_t token = first; token < last; ++token) {
        takeToken({.rows = rows.data() + token,
                   .logits = x + token * count,
                   .layers = rowCount / tokens,
                   .tokens = tokens,
                   .firstId = begin,
                   .count = count},
                  finalWeights, k);
        for (std::int64_t r = token; trackedCount > 0 && r < rowCount; r += tokens) {
          for (std::int64_t n = 0; n < trackedCount; ++n) {
            const auto place = static_cast<std::size_t>(n * rowCount + r);
            // The tracked token's own logit came from another product; a hair's breadth keeps it from outranking
            // itself.
            const float bound = bounds[place] + 1e-5F * (1.0F + std::abs(bounds[place]));
            ranks[place] += static_cast<float>(countAbove(x + r * count, bound, count));
          }
        }
      }
    });
  }
  LensRows out = finish(rows, static_cast<std::size_t>(tokens), k);
  if (trackedCount > 0) out.trackedLogits.assign(bounds, bounds + trackedLogits.numel());
  out.trackedRank = std::move(ranks);
  return out;
}

}  // namespace patchbay
