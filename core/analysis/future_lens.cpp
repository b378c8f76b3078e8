#include "core/analysis/future_lens.h"

#include <algorithm>

#include "core/analysis/sweep.h"

namespace patchbay {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;

}  // namespace

std::int64_t FutureLens::columnsAtOnce(std::int64_t layers) const {
  return std::max<std::int64_t>(1, kRowsAtOnce / layers);
}

at::Tensor FutureLens::read(const at::Tensor& residuals, JobContext& context) {
  if (!m_base) m_base = captureResiduals(m_model, m_text, context);
  Transformer& transformer = *m_model.transformer;
  const std::int64_t layers = residuals.size(0), count = residuals.size(1), place = m_base->tokens() - 1;
  std::vector<Variant> variants;
  for (std::int64_t layer = 0; layer < layers; ++layer)
    for (std::int64_t token = 0; token < count; ++token)
      variants.push_back({.edits = {{.site = Site::ResidPost,
                                     .layer = static_cast<int>(layer),
                                     .firstToken = place,
                                     .lastToken = place,
                                     .apply = edits::replaceBy(residuals[layer][token])}},
                          .base = 0});
  SweptCaches swept = sweepToContinue(m_model, *m_base, variants, context);
  at::Tensor last = swept.last;  // [L t, 1, D]
  for (int step = 0; step < m_ahead; ++step) {
    const at::Tensor best = transformer.unembed(transformer.finalNorm(last)).flatten(0, 1).argmax(-1).to(at::kCPU);
    std::vector<std::vector<std::int32_t>> next;
    for (std::int64_t row = 0; row < best.size(0); ++row) next.push_back({best[row].item<std::int32_t>()});
    context.checkpoint();
    last = transformer.run(next, swept.cache, {}, context);
  }
  return last.view({layers, count, -1});
}

}  // namespace patchbay
