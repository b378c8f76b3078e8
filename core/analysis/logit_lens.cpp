#include "core/analysis/logit_lens.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/analysis/captured_run.h"
#include "core/analysis/state_map.h"
#include "core/analysis/state_patch.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"
#include "core/tensor/lens_scan.h"

namespace patchbay {
namespace {

/// Rows scanned together: bounds the tile of logits to 16 MB and the time between two polls for Stop, whatever the
/// prompt's length.
constexpr std::int64_t kRowsAtOnce = 1024;

/// Puts the rows of tokens [first, first + count) where they belong among all L x T rows.
class RowCollector {
public:
  RowCollector(std::int64_t layers, std::int64_t tokens, std::size_t topK, std::size_t tracked)
      : m_layers(layers), m_tokens(tokens), m_topK(topK), m_tracked(tracked) {
    const auto rows = static_cast<std::size_t>(layers * tokens);
    m_all.topIds.resize(rows * topK);
    m_all.topLogits.resize(rows * topK);
    m_all.logSumExp.resize(rows);
    m_all.entropyBits.resize(rows);
    m_all.klBits.resize(rows);
    m_all.trackedLogits.resize(rows * tracked);
    m_all.trackedRank.resize(rows * tracked);
    m_all.followingRank.resize(static_cast<std::size_t>(tokens));
  }

  void add(const LensRows& part, std::int64_t first, std::int64_t count) {
    std::ranges::copy(part.followingRank, m_all.followingRank.begin() + static_cast<std::ptrdiff_t>(first));
    const auto rows = static_cast<std::size_t>(m_layers * m_tokens),
               partRows = static_cast<std::size_t>(m_layers * count);
    for (std::int64_t layer = 0; layer < m_layers; ++layer) {
      const auto to = static_cast<std::size_t>(layer * m_tokens + first),
                 from = static_cast<std::size_t>(layer * count);
      const auto copy = [&](const auto& source, auto& target, std::size_t width, std::size_t sourceBase = 0,
                            std::size_t targetBase = 0) {
        std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(sourceBase + from * width),
                    static_cast<std::size_t>(count) * width,
                    target.begin() + static_cast<std::ptrdiff_t>(targetBase + to * width));
      };
      copy(part.topIds, m_all.topIds, m_topK);
      copy(part.topLogits, m_all.topLogits, m_topK);
      copy(part.logSumExp, m_all.logSumExp, 1);
      copy(part.entropyBits, m_all.entropyBits, 1);
      copy(part.klBits, m_all.klBits, 1);
      for (std::size_t n = 0; n < m_tracked; ++n) {
        copy(part.trackedLogits, m_all.trackedLogits, 1, n * partRows, n * rows);
        copy(part.trackedRank, m_all.trackedRank, 1, n * partRows, n * rows);
      }
    }
  }

  [[nodiscard]] LensRows take() { return std::move(m_all); }

private:
  std::int64_t m_layers, m_tokens;
  std::size_t m_topK, m_tracked;
  LensRows m_all;
};

/// The model's own answer at each token, and the logit in it of the token that follows in the prompt.
struct OwnAnswer {
  at::Tensor following;            // [T] float32; the last token has none: infinity
  std::vector<double> logSumExp;   // [T]
  std::vector<float> entropyBits;  // [T]
};

/// `finalStates` [T, D] after the final norm.
at::Tensor followingLogits(const LanguageModel& model, const std::vector<std::int32_t>& ids,
                           const at::Tensor& finalStates) {
  const auto count = static_cast<std::int64_t>(ids.size());
  at::Tensor following = at::full({count}, std::numeric_limits<float>::infinity(), at::kFloat);
  if (count < 2) return following;
  const std::vector<std::int32_t> next(ids.begin() + 1, ids.end());
  const at::Tensor rows = model.transformer->weights().unembedding.rows(next).to(finalStates.device());
  following.narrow(0, 0, count - 1).copy_((finalStates.narrow(0, 0, count - 1) * rows).sum(-1));
  return following;
}

/// Rows of the scan as arrays of the result.
class LensBuilder {
public:
  /// `states` [L, T, D] are those that were read, `rows` what was read of them.
  LensBuilder(const LanguageModel& model, const CapturedRun& run, at::Tensor states, LensRows rows, OwnAnswer own,
              int topK)
      : m_model(model),
        m_run(run),
        m_states(std::move(states)),
        m_rows(std::move(rows)),
        m_own(std::move(own)),
        m_layers(run.layers()),
        m_tokens(run.tokens()),
        m_k(topK) {}

  void fillTop(LensResult& lens) const {
    std::vector<float> ids, p;
    for (std::size_t i = 0; i < m_rows.topIds.size(); ++i) {
      ids.push_back(static_cast<float>(m_rows.topIds[i]));
      p.push_back(probability(m_rows.topLogits[i], i / static_cast<std::size_t>(m_k)));
      lens.texts.try_emplace(m_rows.topIds[i], m_model.text.tokenizer->fact(m_rows.topIds[i]));
    }
    const std::vector<std::int64_t> shape = {m_layers, m_tokens, m_k};
    const std::vector<std::string> axes = {"layer", "token", "rank"};
    lens.topIds = HostArray(shape, axes, "token id", std::move(ids));
    lens.topP = HostArray(shape, axes, "probability", std::move(p));
    lens.topLogits = HostArray(shape, axes, "nat", m_rows.topLogits);
  }

  void fillMeasures(LensResult& lens) const {
    lens.entropyBits = grid("bit", m_rows.entropyBits);
    lens.klToFinalBits = grid("bit", m_rows.klBits);
    const at::Tensor norms = m_states.norm(2, {-1});
    const at::Tensor final = m_run.residuals[m_layers - 1];
    const at::Tensor cosines = (m_states * final).sum(-1) / (norms * final.norm(2, {-1})).clamp_min(1e-20);
    lens.norm = toHost(norms, {"layer", "token"}, "residual units");
    lens.cosToFinal = toHost(cosines, {"layer", "token"}, "");
  }

  void fillTracked(LensResult& lens, const std::vector<std::int32_t>& tracked) const {
    lens.trackedIds = tracked;
    std::vector<float> p;
    for (std::size_t i = 0; i < m_rows.trackedLogits.size(); ++i)
      p.push_back(probability(m_rows.trackedLogits[i], i % m_rows.logSumExp.size()));
    for (const std::int32_t id : tracked) lens.texts.try_emplace(id, m_model.text.tokenizer->fact(id));
    const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(tracked.size()), m_layers, m_tokens};
    lens.trackedP = HostArray(shape, {"tracked", "layer", "token"}, "probability", std::move(p));
    lens.trackedRank = HostArray(shape, {"tracked", "layer", "token"}, "rank", m_rows.trackedRank);
  }

  /// Each prompt token under the model's own distribution one token earlier.
  void fillTokens(LensResult& lens) const {
    const auto unknown =
        std::vector<float>(static_cast<std::size_t>(m_tokens), std::numeric_limits<float>::quiet_NaN());
    std::vector<float> p = unknown, rank = unknown, entropy = unknown;
    const float* logits = m_own.following.const_data_ptr<float>();
    for (std::size_t t = 1; t < p.size(); ++t) {
      p[t] = static_cast<float>(std::exp(static_cast<double>(logits[t - 1]) - m_own.logSumExp[t - 1]));
      rank[t] = m_rows.followingRank[t - 1];
      entropy[t] = m_own.entropyBits[t - 1];
    }
    lens.tokenP = HostArray({m_tokens}, {"token"}, "probability", std::move(p));
    lens.tokenRank = HostArray({m_tokens}, {"token"}, "rank", std::move(rank));
    lens.tokenEntropyBits = HostArray({m_tokens}, {"token"}, "bit", std::move(entropy));
  }

private:
  [[nodiscard]] float probability(float logit, std::size_t row) const {
    return static_cast<float>(std::exp(static_cast<double>(logit) - m_rows.logSumExp[row]));
  }
  [[nodiscard]] HostArray grid(std::string unit, std::vector<float> values) const {
    return {{m_layers, m_tokens}, {"layer", "token"}, std::move(unit), std::move(values)};
  }

  const LanguageModel& m_model;
  const CapturedRun& m_run;
  at::Tensor m_states;  // [L, T, D]
  LensRows m_rows;
  OwnAnswer m_own;
  std::int64_t m_layers, m_tokens, m_k;
};

/// Rows of the first `layers` layers of `all`, which has one more.
LensRows withoutLast(LensRows all, std::size_t rows, std::size_t tokens, int topK) {
  const auto cut = [&](auto& values, std::size_t width) { values.resize(rows * width); };
  cut(all.topIds, static_cast<std::size_t>(topK));
  cut(all.topLogits, static_cast<std::size_t>(topK));
  cut(all.logSumExp, 1);
  cut(all.entropyBits, 1);
  cut(all.klBits, 1);
  for (std::vector<float>* tracked : {&all.trackedLogits, &all.trackedRank}) {
    std::vector<float> kept;
    for (std::size_t first = 0; first < tracked->size(); first += rows + tokens)
      kept.insert(kept.end(), tracked->begin() + static_cast<std::ptrdiff_t>(first),
                  tracked->begin() + static_cast<std::ptrdiff_t>(first + rows));
    *tracked = std::move(kept);
  }
  return all;
}

std::optional<Error> refuse(const LanguageModel& model, const LensRequest& request) {
  const auto site = siteByName(request.site);
  const bool isHead = site == Site::HeadOut;
  if (site != Site::ResidPost && site != Site::ResidMid && site != Site::AttnOut && site != Site::MlpOut && !isHead) {
    return Error{.code = "LENS-02",
                 .what = "this site has no logit lens",
                 .file = {},
                 .field = "site",
                 .found = "'" + request.site + "'",
                 .expected = "resid_post, resid_mid, attn_out, mlp_out or head_out",
                 .advice = "Choose one of these sites."};
  }
  if (isHead && (request.head < 0 || request.head >= model.card.heads)) {
    return Error{.code = "LENS-03",
                 .what = "the head is outside the model",
                 .file = {},
                 .field = "head",
                 .found = std::to_string(request.head),
                 .expected = "0 to " + std::to_string(model.card.heads - 1),
                 .advice = "Choose a head of this model."};
  }
  if (!request.translator.isEmpty()) {
    const AffineMap* map = request.translator.map.get();
    if (site != Site::ResidPost || !map || !map->isLens(model.card.layers) || map->sourceWidth() != model.card.width ||
        map->source.fingerprint != model.card.ref.fingerprint) {
      return Error{
          .code = "LENS-04",
          .what = "this is no tuned lens of the model",
          .file = {},
          .field = "translator",
          .found = request.translator.name,
          .expected = "a map from every layer of " + model.card.ref.name + " into its last, read at resid_post",
          .advice = "Fit a tuned lens, or choose another one."};
    }
  }
  for (const std::int32_t id : request.tracked) {
    if (id < 0 || id >= model.card.vocabulary) {
      return Error{.code = "LENS-01",
                   .what = "a tracked token is not in the vocabulary",
                   .file = model.card.ref.name,
                   .field = "tracked",
                   .found = std::to_string(id),
                   .expected = "0 to " + std::to_string(model.card.vocabulary - 1),
                   .advice = "Choose another token."};
    }
  }
  return std::nullopt;
}

/// What one head writes at every layer and token, [L, T, D]: its part of the output product of z [L, T, H, K].
at::Tensor headStates(const Transformer& transformer, const at::Tensor& z, int head, const JobContext& context) {
  std::vector<at::Tensor> layers;
  for (int layer = 0; layer < z.size(0); ++layer) {
    context.checkpoint();
    layers.push_back(transformer.headOutput(layer, head, z[layer].select(1, head)));
  }
  return at::stack(layers);
}

/// States of the stream as a tuned lens reads them: each layer through its map into the last one.
at::Tensor translated(const AffineMap& map, const at::Tensor& residuals) {
  const std::int64_t last = residuals.size(0) - 1;
  std::vector<at::Tensor> layers;
  for (std::int64_t layer = 0; layer < last; ++layer) {
    const AffinePair part = affinePair(map, map.pairOf(static_cast<int>(layer), static_cast<int>(last)));
    layers.push_back(at::addmm(part.offset, residuals[layer].to(at::kFloat), part.matrix).to(residuals.options()));
  }
  layers.push_back(residuals[last]);  // the model's own answer
  return at::stack(layers);
}

/// The states that a lens reads, [L, T, D].
at::Tensor statesOf(const LanguageModel& model, const LensRequest& request, const CapturedRun& run,
                    const JobContext& context) {
  if (request.site == "head_out") return headStates(*model.transformer, run.values, request.head, context);
  if (!request.translator.isEmpty()) return translated(*request.translator.map, run.residuals);
  return run.values.defined() ? run.values : run.residuals;
}

}  // namespace

Outcome<LensResult> runLens(LanguageModel& model, const LensRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<LensResult>();
  if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids->size())); !fits)
    return fits.failure<LensResult>();
  if (auto refused = refuse(model, request)) return *refused;

  const Site site = *siteByName(request.site);
  const bool isStream = site == Site::ResidPost;
  // A head's output is its part of the product of what the heads read.
  const std::optional<Site> beside = site == Site::HeadOut ? Site::Z : site;
  auto plan = patchPlan(model, request.patches, *ids, context);
  if (!plan) return plan.failure<LensResult>();
  const CapturedRun run =
      captureResiduals(model, *ids, context, isStream ? std::optional<Site>() : beside, std::move(*plan));
  const at::Tensor read = statesOf(model, request, run, context);  // [L, T, D]
  // Divergence is taken against the model's own answer, which is the last row of the stream alone.
  const at::Tensor states = isStream ? read : at::cat({read, run.residuals.narrow(0, run.layers() - 1, 1)});
  const std::int64_t layers = states.size(0);
  const Transformer& transformer = *model.transformer;
  const Linear& unembedding = transformer.weights().unembedding;
  const at::Tensor final = transformer.finalNorm(run.residuals[run.layers() - 1]).to(at::kFloat);  // [T, D]
  const Distribution next(transformer.unembed(final[run.tokens() - 1].contiguous()));
  const std::vector<std::int32_t> tracked =
      request.tracked.empty() ? std::vector<std::int32_t>{next.best()} : request.tracked;
  const int topK = std::clamp(request.topK, 1, std::min(model.card.vocabulary, 1000));

  OwnAnswer own{.following = followingLogits(model, run.ids, final), .logSumExp = {}, .entropyBits = {}};
  RowCollector rows(layers, run.tokens(), static_cast<std::size_t>(topK), tracked.size());
  const std::int64_t group = std::max<std::int64_t>(1, kRowsAtOnce / layers);
  for (std::int64_t first = 0; first < run.tokens(); first += group) {
    const std::int64_t count = std::min(group, run.tokens() - first);
    const at::Tensor normed = transformer.finalNorm(states.narrow(1, first, count)).to(at::kFloat);  // [L, t, D]
    const Linear::Input input = unembedding.prepare(normed.flatten(0, 1));
    rows.add(scanLens({.rows = layers * count,
                       .tokens = count,
                       .vocabulary = unembedding.outputs(),
                       .multiply = [&](std::int64_t id, at::Tensor& out) { unembedding.multiplyRange(input, id, out); },
                       .topK = topK,
                       .trackedLogits = at::mm(unembedding.rows(tracked), input.x.t()),
                       .followingLogits = own.following.narrow(0, first, count),
                       .checkpoint = [&] { context.checkpoint(); }}),
             first, count);
    context.progress("Reading the lens", "tokens", first + count, run.tokens());
  }
  LensResult lens;
  lens.tokens = model.text.facts(run.ids);
  lens.site = request.site;
  lens.head = site == Site::HeadOut ? request.head : -1;
  lens.translator = request.translator.name;
  lens.patches = static_cast<int>(request.patches.size());
  lens.layers = static_cast<int>(run.layers());
  lens.next = withTexts(model.text, next.top(std::max(topK, 20)));
  LensRows scanned = rows.take();
  own.logSumExp.assign(scanned.logSumExp.end() - static_cast<std::ptrdiff_t>(run.tokens()), scanned.logSumExp.end());
  own.entropyBits.assign(scanned.entropyBits.end() - static_cast<std::ptrdiff_t>(run.tokens()),
                         scanned.entropyBits.end());
  if (!isStream) {
    const auto tokens = static_cast<std::size_t>(run.tokens());
    scanned = withoutLast(std::move(scanned), static_cast<std::size_t>(run.layers()) * tokens, tokens, topK);
  }
  const LensBuilder builder(model, run, read, std::move(scanned), std::move(own), topK);
  builder.fillTop(lens);
  builder.fillMeasures(lens);
  builder.fillTracked(lens, tracked);
  builder.fillTokens(lens);
  for (const TokenFact& fact : lens.tokens) lens.texts.try_emplace(fact.id, fact);
  lens.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return lens;
}

}  // namespace patchbay
