#include "core/analysis/variant_sweep.h"

#include <algorithm>
#include <numeric>

namespace patchbay {
namespace {

/// Positions of the variants sorted by the layer at which they join.
std::vector<std::int64_t> joinOrder(const std::vector<Variant>& variants) {
  std::vector<std::int64_t> order(variants.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return variants[static_cast<std::size_t>(i)].layer; });
  return order;
}

/// The base run's rows from the edited token on, with the edit made: [1, R, D].
at::Tensor editedRows(const CapturedRun& base, std::int64_t token, const Variant& variant) {
  at::Tensor rows = base.residuals[variant.layer].narrow(0, token, base.tokens() - token).clone();
  rows[0].copy_(variant.state);
  return rows.unsqueeze(0);
}

}  // namespace

SweptVariants sweepVariants(LanguageModel& model, const CapturedRun& base, std::int64_t token,
                            const std::vector<Variant>& variants, const JobContext& context) {
  Transformer& transformer = *model.transformer;
  const auto count = static_cast<std::int64_t>(variants.size());
  const std::int64_t rows = base.tokens() - token;
  const std::vector<std::int64_t> order = joinOrder(variants);
  const HookPlan none;
  KvCache cache = KvCache::sharing(base.cache, token, count);

  at::Tensor x;  // [active, R, D], in join order
  std::size_t joined = 0;
  for (int layer = 0; layer < model.card.layers; ++layer) {
    context.checkpoint();
    // Keys and values below a variant's edit are the base run's own.
    const VisibleKeys own = base.cache.visible(layer);
    at::Tensor keys = own.ownKeys.narrow(2, token, rows).repeat({count, 1, 1, 1});  // [B, Hkv, R, K]
    at::Tensor values = own.ownValues.narrow(2, token, rows).repeat({count, 1, 1, 1});
    if (x.defined()) {
      KvCache part = KvCache::sharing(base.cache, token, x.size(0));
      x = transformer.block(layer, x, token, part, none, context);
      const VisibleKeys seen = part.visible(layer);
      keys.narrow(0, 0, x.size(0)).copy_(seen.ownKeys);
      values.narrow(0, 0, x.size(0)).copy_(seen.ownValues);
    }
    cache.setOwn(layer, std::move(keys), std::move(values));
    std::vector<at::Tensor> active;
    if (x.defined()) active.push_back(x);
    for (; joined < order.size(); ++joined) {
      const Variant& variant = variants[static_cast<std::size_t>(order[joined])];
      if (variant.layer != layer) break;
      active.push_back(editedRows(base, token, variant));
    }
    if (active.size() > 1 || !x.defined()) x = active.empty() ? at::Tensor() : at::cat(active, 0);
  }

  // Back from join order to the caller's order.
  const at::Tensor places = at::tensor(at::ArrayRef<std::int64_t>(order)).argsort();
  for (int layer = 0; layer < model.card.layers; ++layer) {
    const VisibleKeys own = cache.visible(layer);
    cache.setOwn(layer, own.ownKeys.index_select(0, places), own.ownValues.index_select(0, places));
  }
  return {.last = x.narrow(1, rows - 1, 1).index_select(0, places), .cache = std::move(cache)};
}

}  // namespace patchbay
