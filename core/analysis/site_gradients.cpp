#include "core/analysis/site_gradients.h"

#include <ATen/core/grad_mode.h>

namespace patchbay {
namespace {

/// The tensor of a block's graph that stands at the site.
const at::Tensor& at(const BlockTrace& trace, Site site, const at::Tensor& input) {
  switch (site) {
    case Site::ResidPre: return input;
    case Site::Z: return trace.z;
    case Site::AttnOut: return trace.attnOut;
    case Site::ResidMid: return trace.middle;
    case Site::MlpOut: return trace.mlpOut;
    default: return trace.out;
  }
}

}  // namespace

SiteGradients siteGradients(LanguageModel& model, const std::vector<std::int32_t>& ids, Site site,
                            const std::function<at::Tensor(const at::Tensor&)>& read, JobContext& context) {
  Transformer& transformer = *model.transformer;
  const int layers = model.card.layers;
  CapturedRun run = [&] {
    const at::NoGradGuard plain;
    return captureResiduals(model, ids, context);
  }();
  const at::AutoGradMode recording(true);
  const std::int64_t last = run.tokens() - 1;
  at::Tensor end = run.residuals[layers - 1][last].to(at::kFloat).clone().set_requires_grad(true);
  read(transformer.traceLogits(end)).backward();
  at::Tensor slope = at::zeros_like(run.residuals[0], at::kFloat);  // of the block's output, [T, D]
  slope[last].copy_(end.grad());
  std::vector<at::Tensor> values(static_cast<std::size_t>(layers)), slopes(static_cast<std::size_t>(layers));
  for (int layer = layers - 1; layer >= 0; --layer) {
    context.checkpoint();
    at::Tensor input = run.before(layer).to(at::kFloat).clone().set_requires_grad(true);
    const BlockTrace trace = transformer.trace(layer, input);
    const at::Tensor& watched = at(trace, site, input);
    if (!watched.is_leaf()) watched.retain_grad();
    trace.out.backward(slope);
    values[static_cast<std::size_t>(layer)] = watched.detach();
    slopes[static_cast<std::size_t>(layer)] = watched.grad().clone();
    slope = input.grad().clone();
    context.progress("Going back", "layers", layers - layer, layers);
  }
  return {at::stack(values), at::stack(slopes)};
}

}  // namespace patchbay
