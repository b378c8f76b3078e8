#include "core/analysis/future_lens.h"

#include <algorithm>

#include "core/analysis/sweep.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;

}  // namespace

FutureText futureTextOf(const LanguageModel& model, const SoftPrompt& prompt) {
  return {.ids = std::vector<std::int32_t>(static_cast<std::size_t>(prompt.length()), 0),
          .embeddings = toTensor(prompt.embeddings).to(model.transformer->options())};
}

std::int64_t FutureLens::columnsAtOnce(std::int64_t layers) const {
  return std::max<std::int64_t>(1, kRowsAtOnce / layers);
}

std::vector<at::Tensor> FutureLens::readEach(const at::Tensor& residuals, JobContext& context,
                                             const std::vector<int>& ofLayers) {
  if (!m_base) {
    HookPlan plan;
    if (m_text.embeddings.defined()) {
      Edit written{.site = Site::ResidPre, .layer = 0, .lastToken = {}, .apply = edits::replaceBy(m_text.embeddings)};
      plan.addEdit(std::move(written));
    }
    m_base = captureResiduals(m_model, m_text.ids, context, {}, std::move(plan));
    if (m_text.embeddings.defined()) m_base->embedded = m_text.embeddings;
  }
  Transformer& transformer = *m_model.transformer;
  const std::int64_t layers = residuals.size(0), count = residuals.size(1), place = m_base->tokens() - 1;
  std::vector<Variant> variants;
  for (std::int64_t row = 0; row < layers; ++row) {
    const auto layer = ofLayers.empty() ? row : std::int64_t{ofLayers[static_cast<std::size_t>(row)]};
    for (std::int64_t token = 0; token < count; ++token)
      variants.push_back({.edits = {{.site = Site::ResidPost,
                                     .layer = static_cast<int>(layer),
                                     .firstToken = place,
                                     .lastToken = place,
                                     .apply = edits::replaceBy(residuals[row][token])}},
                          .base = 0});
  }
  SweptCaches swept = sweepToContinue(m_model, *m_base, variants, context);
  std::vector<at::Tensor> steps = {swept.last.view({layers, count, -1})};
  for (int step = 0; step < m_ahead; ++step) {
    const at::Tensor best =
        transformer.unembed(transformer.finalNorm(steps.back())).flatten(0, 1).argmax(-1).to(at::kCPU);
    std::vector<std::vector<std::int32_t>> next;
    for (std::int64_t row = 0; row < best.size(0); ++row) next.push_back({best[row].item<std::int32_t>()});
    context.checkpoint();
    steps.push_back(transformer.run(next, swept.cache, {}, context).view({layers, count, -1}));
  }
  return steps;
}

}  // namespace patchbay
