#include "core/analysis/captured_run.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <span>

#include "core/analysis/state_storage.h"

namespace patchbay {

namespace {

/// How often a list may name each layer.
constexpr int kMostTimes = 8;

}  // namespace

CapturedRun captureResiduals(LanguageModel& model, const std::vector<std::int32_t>& ids, const JobContext& context,
                             std::optional<Site> also, HookPlan plan, Keys keys) {
  Transformer& transformer = *model.transformer;
  const int layers = model.card.layers;
  CapturedRun run{.ids = ids, .embedded = {}, .residuals = {}, .cache = transformer.newCache(), .values = {}};
  run.residuals = newStates({layers, std::ssize(ids), model.card.width}, transformer.options());
  for (int layer = 0; also && layer < layers; ++layer) {
    plan.observe(*also, layer, [&run, layers, layer](const Observation& seen) {
      const at::Tensor value = seen.value[0];  // [T, ...]
      if (!run.values.defined()) {
        std::vector<std::int64_t> sizes = value.sizes().vec();
        sizes.insert(sizes.begin(), layers);
        run.values = newStates(sizes, value.options());
      }
      run.values[layer].copy_(value);
    });
  }
  at::Tensor x = transformer.embed({ids});
  run.embedded = x[0];
  for (int layer = 0; layer < layers; ++layer) {
    context.checkpoint();
    x = transformer.block(layer, x, 0, run.cache, plan, context);
    run.residuals[layer].copy_(x[0]);
    restLayer(run.residuals, layer);
    if (also) restLayer(run.values, layer);
    if (keys == Keys::Dropped) run.cache.forget(layer);
  }
  return run;
}

namespace {

/// The same in one batch, shorter prompts padded at their ends, where nothing that is real looks: few large operations,
/// as other devices want them.
template <typename Seen>
void walkPadded(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts, int last,
                const JobContext& context, const Seen& seen) {
  Transformer& transformer = *model.transformer;
  std::size_t longest = 0;
  for (const auto& ids : prompts) longest = std::max(longest, ids.size());
  std::vector<std::vector<std::int32_t>> padded = prompts;
  std::vector<std::int64_t> real;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    padded[i].resize(longest, prompts[i].back());
    for (std::size_t token = 0; token < prompts[i].size(); ++token)
      real.push_back(static_cast<std::int64_t>(i * longest + token));
  }
  const at::Tensor rows = at::tensor(real, at::kLong).to(transformer.options().device());
  const HookPlan none;
  KvCache cache = transformer.newCache(std::ssize(prompts));
  at::Tensor x = transformer.embed(padded);  // [B, T, D]
  for (int layer = 0; layer <= last; ++layer) {
    context.checkpoint();
    x = transformer.block(layer, x, 0, cache, none, context);
    seen(layer, x.flatten(0, 1).index_select(0, rows));
    cache.forget(layer);
  }
}

/// Takes several prompts, which share every product, up to `last`: `seen(layer, x)` gets what each block leaves, [N,
/// D].
template <typename Seen>
void walkTogether(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts, int last,
                  const JobContext& context, const Seen& seen) {
  if (!model.transformer->options().device().is_cpu()) return walkPadded(model, prompts, last, context, seen);
  Transformer& transformer = *model.transformer;
  const HookPlan none;
  std::vector<KvCache> caches(prompts.size(), transformer.newCache());
  std::vector<RowGroup> groups;
  std::vector<at::Tensor> embedded;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    groups.push_back({.batch = 1, .tokens = std::ssize(prompts[i]), .first = 0, .cache = &caches[i], .hooks = &none});
    embedded.push_back(transformer.embed({prompts[i]})[0]);
  }
  at::Tensor x = at::cat(embedded);  // [N, D]
  for (int layer = 0; layer <= last; ++layer) {
    context.checkpoint();
    x = transformer.block(layer, x, groups, BlockRows::All, context);
    seen(layer, x);
    for (KvCache& cache : caches) cache.forget(layer);
  }
}

}  // namespace

at::Tensor captureTogether(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                           const JobContext& context) {
  at::Tensor residuals;
  walkTogether(model, prompts, model.card.layers - 1, context, [&](int layer, const at::Tensor& x) {
    if (!residuals.defined()) residuals = at::empty({model.card.layers, x.size(0), x.size(1)}, x.options());
    residuals[layer].copy_(x);
  });
  return residuals;
}

at::Tensor statesAt(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts, int layer,
                    const JobContext& context) {
  at::Tensor states;
  walkTogether(model, prompts, layer, context, [&](int, const at::Tensor& x) { states = x; });
  return states;
}

namespace {

/// Tokens of prompts that go through the model together: bounds what their states take.
constexpr std::size_t kTokensTogether = 8192;

/// Calls `read` for portions of `numbers` whose prompts are short enough together, one prompt at least. Padded, each
/// counts as the longest.
void inPortions(const std::vector<std::vector<std::int32_t>>& prompts, std::span<const std::size_t> numbers,
                bool isPadded, const std::function<void(std::span<const std::size_t>)>& read) {
  for (std::size_t begin = 0, end = 0; begin < numbers.size(); begin = end) {
    std::size_t tokens = 0, longest = 0;
    const auto with = [&](std::size_t next) {
      const std::size_t size = prompts[numbers[next]].size();
      return isPadded ? (next + 1 - begin) * std::max(longest, size) : tokens + size;
    };
    do {
      tokens = with(end);
      longest = std::max(longest, prompts[numbers[end++]].size());
    } while (end < numbers.size() && with(end) <= kTokensTogether);
    read(numbers.subspan(begin, end - begin));
  }
}

}  // namespace

std::vector<at::Tensor> statesAtEach(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                                     const std::vector<int>& layers, const JobContext& context) {
  std::map<int, std::vector<std::size_t>> groups;
  const bool isHost = model.transformer->options().device().is_cpu();
  for (std::size_t i = 0; i < prompts.size(); ++i) groups[isHost ? layers[i] : 0].push_back(i);
  std::vector<at::Tensor> states(prompts.size());
  for (const auto& [group, members] : groups) {
    inPortions(prompts, members, !isHost, [&](std::span<const std::size_t> numbers) {
      std::vector<std::vector<std::int32_t>> together;
      int last = 0;
      for (const std::size_t number : numbers) {
        together.push_back(prompts[number]);
        last = std::max(last, layers[number]);
      }
      walkTogether(model, together, last, context, [&](int layer, const at::Tensor& x) {
        std::int64_t first = 0;
        for (const std::size_t number : numbers) {
          const std::int64_t count = std::ssize(prompts[number]);
          if (layers[number] == layer) states[number] = x.narrow(0, first, count).clone();
          first += count;
        }
      });
    });
  }
  return states;
}

at::Tensor meanOverTexts(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& texts, Site site,
                         const JobContext& context) {
  const bool isStream = site == Site::ResidPost;
  at::Tensor sum;
  std::int64_t count = 0;
  for (const auto& ids : texts) {
    if (ids.size() < 2) continue;
    const CapturedRun run = captureResiduals(model, ids, context, isStream ? std::optional<Site>() : site);
    const at::Tensor part = (isStream ? run.residuals : run.values).narrow(1, 1, run.tokens() - 1).sum(1);
    sum = sum.defined() ? sum + part : part;
    count += run.tokens() - 1;
  }
  return sum / static_cast<double>(count);
}

Outcome<int> resolveToken(int token, std::size_t count, const char* field) {
  const int size = static_cast<int>(count);
  const int resolved = token < 0 ? token + size : token;
  if (resolved >= 0 && resolved < size) return resolved;
  return Error{.code = "PLACE-02",
               .what = "the token is outside the prompt",
               .file = {},
               .field = field,
               .found = std::to_string(token),
               .expected = std::to_string(-size) + " to " + std::to_string(size - 1),
               .advice = "Choose a token of this prompt."};
}

Outcome<int> resolveLayer(int layer, int layers, const char* field) {
  const int resolved = layer < 0 ? layer + layers : layer;
  if (resolved >= 0 && resolved < layers) return resolved;
  return Error{.code = "PLACE-03",
               .what = "the layer is outside the model",
               .file = {},
               .field = field,
               .found = std::to_string(layer),
               .expected = "0 to " + std::to_string(layers - 1),
               .advice = "Choose a layer of this model."};
}

Outcome<std::vector<int>> resolveLayers(const std::vector<int>& layers, int count, const char* field) {
  std::vector<int> resolved;
  if (layers.empty()) {
    resolved.resize(static_cast<std::size_t>(count));
    std::iota(resolved.begin(), resolved.end(), 0);
    return resolved;
  }
  // Each layer may be named again, but a list that no person wrote is no list.
  if (std::ssize(layers) > kMostTimes * std::int64_t{count}) {
    return Error{.code = "PLACE-03",
                 .what = "the list of layers is too long",
                 .file = {},
                 .field = field,
                 .found = std::to_string(layers.size()),
                 .expected = "at most " + std::to_string(kMostTimes * count),
                 .advice = "Name each layer once."};
  }
  for (const int layer : layers) {
    const Outcome<int> one = resolveLayer(layer, count, field);
    if (!one) return one.failure<std::vector<int>>();
    resolved.push_back(*one);
  }
  return resolved;
}

}  // namespace patchbay
