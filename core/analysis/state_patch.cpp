#include "core/analysis/state_patch.h"

#include "core/analysis/captured_run.h"
#include "core/model/generator.h"

namespace patchbay {

Outcome<Site> patchableSite(const std::string& name) {
  const auto site = siteByName(name);
  if (site && (*site == Site::ResidPost || *site == Site::AttnOut || *site == Site::MlpOut)) return *site;
  return Error{.code = "PATCH-01",
               .what = "this site cannot be patched",
               .file = {},
               .field = "site",
               .found = "'" + name + "'",
               .expected = "resid_post, attn_out or mlp_out",
               .advice = "Choose one of these sites."};
}

Outcome<StatePlace> placeIn(const LanguageModel& model, std::vector<std::int32_t> ids, Site site, int token, int layer,
                            const std::string& what) {
  const auto place = resolveToken(token, ids.size(), (what + " token").c_str());
  if (!place) return place.failure<StatePlace>();
  const auto block = resolveLayer(layer, model.card.layers, (what + " layer").c_str());
  if (!block) return block.failure<StatePlace>();
  return StatePlace{.ids = std::move(ids), .site = site, .token = *place, .layer = *block};
}

std::pair<at::Tensor, at::Tensor> readState(LanguageModel& model, const StatePlace& place, const JobContext& context) {
  HookPlan watch;
  at::Tensor state;
  watch.observe(place.site, place.layer, [&](const Observation& seen) { state = seen.value[0][place.token].clone(); });
  KvCache cache = model.transformer->newCache();
  const at::Tensor x = model.transformer->run({place.ids}, cache, watch, context);
  return {state, x[0][place.token]};
}

Edit writeAt(const StatePlace& place, const at::Tensor& state) {
  return {.site = place.site,
          .layer = place.layer,
          .firstToken = place.token,
          .lastToken = place.token,
          .head = {},
          .apply = edits::replaceBy(state)};
}

Outcome<HookPlan> patchPlan(LanguageModel& model, const std::vector<StatePatch>& patches,
                            const std::vector<std::int32_t>& ids, const JobContext& context) {
  HookPlan plan;
  for (const StatePatch& patch : patches) {
    const auto site = patchableSite(patch.site);
    if (!site) return site.failure<HookPlan>();
    auto source = model.text.encode(patch.source);
    if (!source) return source.failure<HookPlan>();
    if (const auto fits = checkContext(model, std::ssize(*source)); !fits) return fits.failure<HookPlan>();
    const auto from = placeIn(model, std::move(*source), *site, patch.sourceToken, patch.sourceLayer, "source");
    if (!from) return from.failure<HookPlan>();
    const auto to = placeIn(model, ids, *site, patch.token, patch.layer, "target");
    if (!to) return to.failure<HookPlan>();
    plan.addEdit(writeAt(*to, readState(model, *from, context).first));
  }
  return plan;
}

}  // namespace patchbay
