#include "core/analysis/site_gradients.h"

#include <ATen/core/grad_mode.h>

#include "core/train/model_graph.h"

namespace patchbay {
namespace {

/// The tensor of a block's graph that stands at the site.
const at::Tensor& at(const BlockGraph& graph, Site site, const at::Tensor& input) {
  switch (site) {
    case Site::ResidPre: return input;
    case Site::Z: return graph.z;
    case Site::AttnOut: return graph.attnOut;
    case Site::ResidMid: return graph.middle;
    case Site::MlpOut: return graph.mlpOut;
    default: return graph.out;
  }
}

}  // namespace

SiteGradients siteGradients(LanguageModel& model, const std::vector<std::int32_t>& ids, Site site,
                            const std::function<at::Tensor(const at::Tensor&)>& read, JobContext& context) {
  const Transformer& transformer = *model.transformer;
  const ModelGraph forward(transformer);
  const int layers = model.card.layers;
  CapturedRun run = [&] {
    const at::NoGradGuard plain;
    return captureResiduals(model, ids, context);
  }();
  const at::AutoGradMode recording(true);
  const PackedRows rows({run.tokens()}, transformer.options().device());
  const GraphPass pass = forward.pass(rows);
  const std::int64_t last = run.tokens() - 1;
  at::Tensor end = run.residuals[layers - 1][last].to(at::kFloat).clone().set_requires_grad(true);
  read(forward.logits(end)).backward();
  at::Tensor slope = at::zeros_like(run.residuals[0], at::kFloat);  // of the block's output, [T, D]
  slope[last].copy_(end.grad());
  std::vector<at::Tensor> values(static_cast<std::size_t>(layers)), slopes(static_cast<std::size_t>(layers));
  for (int layer = layers - 1; layer >= 0; --layer) {
    context.checkpoint();
    at::Tensor input = run.before(layer).to(at::kFloat).clone().set_requires_grad(true);
    const BlockGraph graph = forward.block(layer, denseBlock(transformer, layer), input, pass);
    const at::Tensor& watched = at(graph, site, input);
    if (!watched.is_leaf()) watched.retain_grad();
    graph.out.backward(slope);
    values[static_cast<std::size_t>(layer)] = watched.detach();
    slopes[static_cast<std::size_t>(layer)] = watched.grad().clone();
    slope = input.grad().clone();
    context.progress("Going back", "layers", layers - layer, layers);
  }
  return {at::stack(values), at::stack(slopes)};
}

}  // namespace patchbay
