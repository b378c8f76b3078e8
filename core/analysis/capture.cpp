#include "core/analysis/capture.h"

#include <algorithm>
#include <numeric>

#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

Outcome<std::vector<std::int64_t>> resolveTokens(const CaptureRequest& request) {
  std::vector<std::int64_t> tokens;
  if (request.tokens.empty()) {
    tokens.resize(request.ids.size());
    std::iota(tokens.begin(), tokens.end(), 0);
  }
  for (const int token : request.tokens) {
    const auto resolved = resolveToken(token, request.ids.size(), "tokens");
    if (!resolved) return resolved.failure<std::vector<std::int64_t>>();
    tokens.push_back(*resolved);
  }
  return tokens;
}

std::vector<std::string> axesOf(const SiteFact& fact) {
  std::vector<std::string> axes;
  if (fact.perLayer) axes.emplace_back("layer");
  if (fact.perHead) axes.emplace_back("head");
  axes.emplace_back("token");
  axes.emplace_back(fact.site == Site::AttnPattern ? "key" : "width");
  return axes;
}

}  // namespace

Outcome<std::map<std::string, HostArray>> captureSites(LanguageModel& model, const CaptureRequest& request,
                                                       const JobContext& context) {
  using Result = std::map<std::string, HostArray>;
  const at::InferenceMode inference;
  const auto layers = resolveLayers(request.layers, model.card.layers, "layers");
  if (!layers) return layers.failure<Result>();
  const auto tokens = resolveTokens(request);
  if (!tokens) return tokens.failure<Result>();
  if (const auto fits = checkContext(model, static_cast<std::int64_t>(request.ids.size())); !fits)
    return fits.failure<Result>();
  const bool allTokens = request.tokens.empty();
  const at::Tensor chosen = at::tensor(at::ArrayRef<std::int64_t>(*tokens)).to(model.transformer->options().device());

  std::map<Site, std::vector<at::Tensor>> kept;
  HookPlan watch;
  for (const Site site : request.sites) {
    const SiteFact& fact = factOf(site);
    kept[site].resize(fact.perLayer ? layers->size() : 1);
    for (std::size_t place = 0; place < kept[site].size(); ++place) {
      watch.observe(site, fact.perLayer ? (*layers)[place] : 0,
                    [&kept, &chosen, allTokens, site, place, perHead = fact.perHead](const Observation& seen) {
                      const at::Tensor rows =
                          allTokens ? seen.value[0] : seen.value[0].index_select(0, chosen);  // [t, ...]
                      kept[site][place] = perHead ? rows.transpose(0, 1) : rows;
                    });
    }
  }
  KvCache cache = model.transformer->newCache();
  const at::Tensor x = model.transformer->run({request.ids}, cache, watch, context);
  if (watch.wants(Site::FinalNorm, 0) || watch.wants(Site::Logits, 0)) (void)model.transformer->readOut(x, 0, watch);

  Result arrays;
  for (auto& [site, parts] : kept) {
    const SiteFact& fact = factOf(site);
    arrays.emplace(fact.name, toHost(fact.perLayer ? at::stack(parts) : parts.front(), axesOf(fact), "activation"));
  }
  return arrays;
}

}  // namespace patchbay
