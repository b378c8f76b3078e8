#include "core/analysis/patch_grid.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/analysis/answer_tokens.h"
#include "core/analysis/path_patch.h"
#include "core/analysis/site_gradients.h"
#include "core/analysis/sweep.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

/// A request with every default filled in and every place checked.
struct GridPlan {
  std::vector<std::int32_t> cleanIds, corruptIds;
  Site site = Site::ResidPost;  ///< where it is written; heads are written before the output product
  bool areHeads = false;
  std::vector<int> layers, columns, alignment;
  std::vector<std::vector<std::int32_t>> meanIds;
  std::vector<PathReceiver> receivers;  // of paths; none: every path

  [[nodiscard]] std::size_t cells() const { return layers.size() * columns.size(); }
};

Error gridError(const char* code, const char* what, const char* field, std::string found, const char* expected) {
  return {.code = code,
          .what = what,
          .file = {},
          .field = field,
          .found = std::move(found),
          .expected = expected,
          .advice = {}};
}

std::optional<Error> findSite(const PatchGridRequest& request, GridPlan& plan) {
  const auto site = siteByName(request.site);
  const bool isResidual = site && (*site == Site::ResidPre || *site == Site::AttnOut || *site == Site::ResidMid ||
                                   *site == Site::MlpOut || *site == Site::ResidPost);
  if (!isResidual && site != Site::HeadOut) {
    return gridError("GRID-01", "this site has no patching grid", "site", "'" + request.site + "'",
                     "resid_pre, attn_out, resid_mid, mlp_out, resid_post or head_out");
  }
  if (request.isApproximate && !usesTwoPrompts(request.mode)) {
    return gridError("GRID-05", "only patches are estimated from gradients", "mode", "a knock-out", "denoise or noise");
  }
  // The divergence of the clean run from itself is smallest there: its gradient says nothing.
  if (request.isApproximate && request.mode == GridMode::Noise && request.metric == GridMetric::Kl)
    return gridError("GRID-05", "KL from the clean run has no slope at the clean run", "metric", "kl",
                     "logit-difference or probability");
  if (!request.receiver.empty()) {
    const auto receivers = parseReceivers(request.receiver);
    if (!receivers) {
      return gridError("GRID-06", "this is no receiver of a path", "receiver", "'" + request.receiver + "'",
                       "L22.H4 (a head), L22.mlp, several of them with + between, or logits");
    }
    plan.receivers = *receivers;
    if (!usesTwoPrompts(request.mode) || request.isApproximate)
      return gridError("GRID-07", "only patches have paths", "mode", "a knock-out or an estimate",
                       "denoise or noise, each cell computed");
    if (site != Site::AttnOut && site != Site::MlpOut && site != Site::HeadOut)
      return gridError("GRID-08", "a path begins at what a part writes", "site", "'" + request.site + "'",
                       "attn_out, mlp_out or head_out");
  }
  plan.areHeads = site == Site::HeadOut;
  // A head's output is a fixed product of what it reads, so writing the one is writing the other.
  plan.site = plan.areHeads ? Site::Z : *site;
  return std::nullopt;
}

Outcome<Done> encodePrompts(const LanguageModel& model, const PatchGridRequest& request, GridPlan& plan) {
  auto clean = model.text.encode(request.clean);
  if (!clean) return clean.failure<Done>();
  plan.cleanIds = std::move(clean).value();
  if (usesTwoPrompts(request.mode)) {
    auto corrupt = model.text.encode(request.corrupt);
    if (!corrupt) return corrupt.failure<Done>();
    plan.corruptIds = std::move(corrupt).value();
  }
  if (request.mode == GridMode::Mean) {
    for (const std::string& text : request.meanTexts) {
      auto ids = model.text.encode(Prompt::plain(text));
      if (!ids) return ids.failure<Done>();
      if (ids->size() > 1) plan.meanIds.push_back(std::move(ids).value());
    }
    if (plan.meanIds.empty()) {
      return gridError("GRID-02", "the mean needs texts", "meanTexts", "none of two tokens or more",
                       "at least one text of two tokens");
    }
  }
  for (const auto* ids : {&plan.cleanIds, &plan.corruptIds})
    if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids->size())); !fits) return fits;
  for (const auto& ids : plan.meanIds)
    if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids.size())); !fits) return fits;
  return Done{};
}

Outcome<GridPlan> makePlan(const LanguageModel& model, const PatchGridRequest& request) {
  GridPlan plan;
  if (auto refused = findSite(request, plan)) return *refused;
  const auto isOutside = [&](const PathReceiver& receiver) {
    return receiver.layer >= model.card.layers || receiver.head >= model.card.heads;
  };
  if (std::ranges::any_of(plan.receivers, isOutside)) {
    return gridError("GRID-06", "the receiver is outside the model", "receiver", "'" + request.receiver + "'",
                     "a layer and head of this model");
  }
  if (const auto encoded = encodePrompts(model, request, plan); !encoded) return encoded.failure<GridPlan>();
  auto layers = resolveLayers(request.layers, model.card.layers, "layers");
  if (!layers) return layers.failure<GridPlan>();
  plan.layers = std::move(layers).value();
  const auto& changed = request.mode == GridMode::Denoise ? plan.corruptIds : plan.cleanIds;
  const auto& other = request.mode == GridMode::Noise ? plan.corruptIds : plan.cleanIds;
  plan.alignment = alignTokens(changed, other);
  if (plan.areHeads) {
    plan.columns.resize(static_cast<std::size_t>(model.card.heads));
    std::iota(plan.columns.begin(), plan.columns.end(), 0);
    if (request.allTokens && changed.size() != other.size()) {
      return gridError(
          "GRID-03", "heads at all tokens need prompts of the same length", "clean, corrupt",
          std::to_string(plan.cleanIds.size()) + " and " + std::to_string(plan.corruptIds.size()) + " tokens",
          "the same number of tokens");
    }
    return plan;
  }
  if (request.tokens.size() > 8 * changed.size())
    return gridError("PLACE-02", "the list of tokens is too long", "tokens", std::to_string(request.tokens.size()),
                     "each token once");
  for (std::size_t i = 0; i < (request.tokens.empty() ? changed.size() : request.tokens.size()); ++i) {
    const int wanted = request.tokens.empty() ? static_cast<int>(i) : request.tokens[i];
    const auto token = resolveToken(wanted, changed.size(), "tokens");
    if (!token) return token.failure<GridPlan>();
    plan.columns.push_back(*token);
  }
  return plan;
}

class GridRun {
public:
  GridRun(LanguageModel& model, const PatchGridRequest& request, const GridPlan& plan, JobContext& context,
          const std::function<void(const StreamedTokens&)>& stream)
      : m_model(model),
        m_request(request),
        m_plan(plan),
        m_context(context),
        m_stream(stream),
        m_values(plan.cells(), std::numeric_limits<float>::quiet_NaN()) {}

  Outcome<PatchGridResult> run() {
    const bool isPair = usesTwoPrompts(m_request.mode);
    const bool isDenoise = m_request.mode == GridMode::Denoise;
    CapturedRun clean = captureResiduals(m_model, m_plan.cleanIds, m_context, siteOf(isDenoise));
    std::optional<CapturedRun> corrupt;
    if (isPair) corrupt = captureResiduals(m_model, m_plan.corruptIds, m_context, siteOf(!isDenoise));
    const Distribution cleanNext = nextOf(clean);
    const Distribution corruptNext = isPair ? nextOf(*corrupt) : cleanNext;
    if (auto refused = chooseScored(cleanNext, corruptNext)) return *refused;
    m_result.cleanValue = score(cleanNext, cleanNext);
    m_result.corruptValue = score(corruptNext, cleanNext);
    if (m_stream) {
      m_stream({.lane = kCleanLane, .soFar = {}, .value = m_result.cleanValue});
      m_stream({.lane = kCorruptLane, .soFar = {}, .value = m_result.corruptValue});
    }

    // The values that are written: [L, T, ...] or, for the mean, [L, ...].
    at::Tensor source;
    if (isPair) source = sourceValues(isDenoise ? clean : *corrupt);
    if (m_request.mode == GridMode::Mean) source = meanOverTexts(m_model, m_plan.meanIds, m_plan.site, m_context);
    CapturedRun& base = isDenoise ? *corrupt : clean;
    m_reference = clean.residuals[clean.layers() - 1][clean.tokens() - 1];
    if (!m_plan.receivers.empty()) {
      followPaths(base, source);
    } else if (m_request.isApproximate) {
      estimateCells(base, source, cleanNext);
    } else {
      sweepCells(base, source);
    }
    describe();
    return std::move(m_result);
  }

private:
  /// The site to capture beside the residuals; resid_post is there anyway.
  [[nodiscard]] std::optional<Site> siteOf(bool isSource) const {
    // Paths carry a difference, so they need the values of both runs.
    const bool isNeeded = isSource || !m_plan.receivers.empty();
    if (!isNeeded || !usesTwoPrompts(m_request.mode) || m_plan.site == Site::ResidPost) return std::nullopt;
    return m_plan.site;
  }
  [[nodiscard]] static at::Tensor sourceValues(const CapturedRun& run) {
    return run.values.defined() ? run.values : run.residuals;
  }

  [[nodiscard]] Distribution nextOf(const CapturedRun& run) const {
    const Transformer& transformer = *m_model.transformer;
    return Distribution(transformer.unembed(transformer.finalNorm(run.residuals[run.layers() - 1][run.tokens() - 1])));
  }

  std::optional<Error> chooseScored(const Distribution& clean, const Distribution& corrupt) {
    const AnswerPair pair = chooseAnswers(m_model, {m_request.answer, m_request.wrong}, clean,
                                          usesTwoPrompts(m_request.mode) ? corrupt : clean, m_result.warnings);
    if (pair.answer == pair.wrong && m_request.metric == GridMetric::LogitDifference) {
      return gridError(
          "GRID-04", "the answer and the wrong token are the same", "answer, wrong",
          "'" + m_request.answer + "' and '" + m_request.wrong + "', both token " + std::to_string(pair.answer),
          "two tokens that differ");
    }
    m_result.answer = m_model.text.tokenizer->fact(pair.answer);
    m_result.wrong = m_model.text.tokenizer->fact(pair.wrong);
    return std::nullopt;
  }

  [[nodiscard]] float score(const Distribution& next, const Distribution& clean) const {
    switch (m_request.metric) {
      case GridMetric::LogitDifference: return next.logit(m_result.answer.id) - next.logit(m_result.wrong.id);
      case GridMetric::Probability: return next.probability(m_result.answer.id);
      case GridMetric::Kl: return clean.klBits(next);
    }
    return 0;
  }

  [[nodiscard]] float score(const SweptCell& cell) const {
    switch (m_request.metric) {
      case GridMetric::LogitDifference: return cell.askedLogits[0] - cell.askedLogits[1];
      case GridMetric::Probability: return static_cast<float>(std::exp(cell.askedLogits[0] - cell.logSumExp));
      case GridMetric::Kl: return cell.klBits;
    }
    return 0;
  }

  /// What one cell writes; nothing when the other prompt has no such token.
  [[nodiscard]] std::optional<Variant> variantOf(std::size_t cell, const CapturedRun& base, const at::Tensor& source) {
    const int layer = m_plan.layers[cell / m_plan.columns.size()];
    const int column = m_plan.columns[cell % m_plan.columns.size()];
    const std::int64_t last = base.tokens() - 1;
    Edit edit{.site = m_plan.site, .layer = layer, .firstToken = last, .lastToken = last, .apply = {}};
    if (m_plan.areHeads) {
      edit.head = column;
      if (m_request.allTokens) edit.firstToken = 0;
    } else {
      edit.firstToken = edit.lastToken.emplace(column);
    }
    if (m_request.mode == GridMode::Zero) {
      edit.apply = edits::scaleBy(0);
    } else if (m_request.mode == GridMode::Mean) {
      edit.apply = edits::replaceBy(m_plan.areHeads ? source[layer][column] : source[layer]);
    } else {
      // Heads are read at the last token of the one prompt and written at the last of the other, whatever stands there.
      const int from = m_plan.areHeads ? static_cast<int>(source.size(1)) - 1
                                       : m_plan.alignment[static_cast<std::size_t>(*edit.lastToken)];
      if (from < 0) return std::nullopt;
      at::Tensor value = m_plan.areHeads && m_request.allTokens ? source[layer] : source[layer][from];
      if (m_plan.areHeads) value = value.select(value.dim() - 2, column);
      edit.apply = edits::replaceBy(value);
    }
    return Variant{.edits = {std::move(edit)}, .base = 0};
  }

  void sweepCells(const CapturedRun& base, const at::Tensor& source) {
    std::vector<Variant> variants;
    std::vector<std::size_t> cells;
    for (std::size_t cell = 0; cell < m_plan.cells(); ++cell) {
      if (auto variant = variantOf(cell, base, source)) {
        variants.push_back(std::move(*variant));
        cells.push_back(cell);
      }
    }
    sweepVariants(base, variants, cells);
  }

  void sweepVariants(const CapturedRun& base, const std::vector<Variant>& variants,
                     const std::vector<std::size_t>& cells) {
    if (variants.empty()) return;
    const SweepReadOut wanted{.topK = 0,
                              .asked = {m_result.answer.id, m_result.wrong.id},
                              .distribution = m_request.metric != GridMetric::LogitDifference,
                              .reference = m_reference};
    sweep(m_model, {&base, 1}, variants, wanted, m_context, [&](const std::vector<SweptCell>& swept) {
      for (const SweptCell& done : swept) {
        const std::size_t cell = cells[done.variant];
        m_values[cell] = score(done);
        if (m_stream) m_stream({.lane = static_cast<int>(cell), .soFar = {}, .value = m_values[cell]});
      }
    });
  }

  /// What a cell's patch adds to the stream; nothing when the other prompt has no such token.
  [[nodiscard]] std::optional<PathChange> pathChangeOf(std::size_t cell, const CapturedRun& base,
                                                       const at::Tensor& source) const {
    const int layer = m_plan.layers[cell / m_plan.columns.size()];
    const int column = m_plan.columns[cell % m_plan.columns.size()];
    const auto change = changeOf(base.values[layer], source[layer], column);
    if (!change) return std::nullopt;
    PathChange path{.layer = layer, .isAttention = m_plan.site != Site::MlpOut, .firstToken = column, .delta = *change};
    if (path.delta.dim() == 1) path.delta = path.delta.unsqueeze(0);
    if (m_plan.areHeads) {
      path.firstToken = m_request.allTokens ? 0 : base.tokens() - 1;
      path.delta = m_model.transformer->headOutput(layer, column, path.delta);
    }
    return path;
  }

  /// Path patching: the receivers alone read the change, each as if it were the only one.
  void followPaths(const CapturedRun& base, const at::Tensor& source) {
    std::vector<PathChange> changes;
    std::vector<std::size_t> cells;
    for (std::size_t cell = 0; cell < m_plan.cells(); ++cell) {
      auto change = pathChangeOf(cell, base, source);
      if (!change) continue;
      changes.push_back(std::move(*change));
      cells.push_back(cell);
    }
    if (m_plan.receivers.front().part == PathReceiver::Part::Logits) return readPaths(base, changes, cells);
    std::vector<std::optional<Variant>> all(changes.size());
    for (const PathReceiver& receiver : m_plan.receivers) {
      auto made = pathVariants(m_model, base, receiver, changes, m_context);
      for (std::size_t i = 0; i < made.size(); ++i) {
        if (made[i] && all[i])
          std::ranges::move(made[i]->edits, std::back_inserter(all[i]->edits));
        else if (made[i])
          all[i] = std::move(made[i]);
      }
    }
    std::vector<Variant> variants;
    std::vector<std::size_t> reached;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i]) continue;
      variants.push_back(std::move(*all[i]));
      reached.push_back(cells[i]);
    }
    sweepVariants(base, variants, reached);
  }

  /// Paths straight into the read-out: the last token's stream with the change added.
  void readPaths(const CapturedRun& base, const std::vector<PathChange>& changes,
                 const std::vector<std::size_t>& cells) {
    const Transformer& transformer = *m_model.transformer;
    const at::Tensor last = base.residuals[base.layers() - 1][base.tokens() - 1];
    const Distribution cleanNext(transformer.unembed(transformer.finalNorm(m_reference)));
    for (std::size_t i = 0; i < changes.size(); ++i) {
      m_context.checkpoint();
      const std::int64_t place = base.tokens() - 1 - changes[i].firstToken;
      const bool reaches = place < changes[i].delta.size(0);
      const at::Tensor stream = reaches ? last + changes[i].delta[place] : last;
      m_values[cells[i]] = score(Distribution(transformer.unembed(transformer.finalNorm(stream))), cleanNext);
      if (m_stream) m_stream({.lane = static_cast<int>(cells[i]), .soFar = {}, .value = m_values[cells[i]]});
    }
  }

  /// The metric of logits [V], for gradients.
  [[nodiscard]] at::Tensor differentiable(const at::Tensor& logits, const at::Tensor& cleanLogits) const {
    switch (m_request.metric) {
      case GridMetric::LogitDifference: return logits[m_result.answer.id] - logits[m_result.wrong.id];
      case GridMetric::Probability: return at::softmax(logits, 0)[m_result.answer.id];
      case GridMetric::Kl: {
        const at::Tensor clean = at::log_softmax(cleanLogits, 0);
        return (clean.exp() * (clean - at::log_softmax(logits, 0))).sum() / std::log(2.0);
      }
    }
    return logits[0];
  }

  /// Attribution patching: slope of the metric times what the patch would change.
  void estimateCells(const CapturedRun& base, const at::Tensor& source, const Distribution& cleanNext) {
    const at::Tensor cleanLogits = cleanNext.logits().clone();
    // Gradients need tensors that InferenceMode does not make.
    const at::InferenceMode off(false);
    const SiteGradients gradients = siteGradients(
        m_model, base.ids, m_plan.site,
        [&](const at::Tensor& logits) { return differentiable(logits, cleanLogits.clone().to(logits.device())); },
        m_context);
    const float baseValue = m_request.mode == GridMode::Denoise ? m_result.corruptValue : m_result.cleanValue;
    for (std::size_t cell = 0; cell < m_plan.cells(); ++cell) {
      const std::int64_t layer = m_plan.layers[cell / m_plan.columns.size()];
      const int column = m_plan.columns[cell % m_plan.columns.size()];
      const auto change = changeOf(gradients.values[layer], source[layer], column);
      if (!change) continue;
      m_values[cell] = baseValue + (*change * placeOf(gradients.slopes[layer], column)).sum().item<float>();
      if (m_stream) m_stream({.lane = static_cast<int>(cell), .soFar = {}, .value = m_values[cell]});
    }
  }

  /// The part of a block's values [T, ...] that a cell's patch replaces.
  [[nodiscard]] at::Tensor placeOf(const at::Tensor& values, int column) const {
    if (!m_plan.areHeads) return values[column];
    return m_request.allTokens ? values.select(1, column) : values[-1][column];
  }

  /// What the patch would add there; nothing when the other prompt has no such token.
  [[nodiscard]] std::optional<at::Tensor> changeOf(const at::Tensor& own, const at::Tensor& others, int column) const {
    if (m_plan.areHeads) return placeOf(others, column) - placeOf(own, column);
    const int from = m_plan.alignment[static_cast<std::size_t>(column)];
    if (from < 0) return std::nullopt;
    return others[from] - own[column];
  }

  void describe() {
    m_result.cleanTokens = m_model.text.facts(m_plan.cleanIds);
    m_result.corruptTokens = m_model.text.facts(m_plan.corruptIds);
    m_result.alignment = m_plan.alignment;
    m_result.layers = m_plan.layers;
    m_result.columns = m_plan.columns;
    m_result.areHeads = m_plan.areHeads;
    m_result.isApproximate = m_request.isApproximate;
    m_result.receiver = m_request.receiver;
    m_result.mode = m_request.mode;
    m_result.metric = m_request.metric;
    m_result.site = m_request.site;
    const char* unit = m_request.metric == GridMetric::LogitDifference ? "nat"
                       : m_request.metric == GridMetric::Kl            ? "bit"
                                                                       : "probability";
    m_result.values = HostArray({std::ssize(m_plan.layers), std::ssize(m_plan.columns)},
                                {"layer", m_plan.areHeads ? "head" : "token"}, unit, std::move(m_values));
    if (m_request.isApproximate) {
      m_result.warnings.emplace_back(
          "Attribution patching: each cell is a linear estimate from one backward pass. Compare it with the exact grid.");
    }
    const auto unmatched = std::ranges::count(m_plan.alignment, -1);
    if (unmatched > 0 && !m_plan.areHeads) {
      m_result.warnings.push_back(
          "The prompts have " + std::to_string(m_plan.cleanIds.size()) + " and " +
          std::to_string(m_plan.corruptIds.size()) + " tokens: " + std::to_string(unmatched) +
          " tokens have no partner and are left out; those behind stand at another position than in the other prompt.");
    }
    if (usesTwoPrompts(m_request.mode) && m_request.metric == GridMetric::LogitDifference &&
        m_result.cleanValue <= m_result.corruptValue) {
      m_result.warnings.push_back(
          "The clean prompt does not favour the answer more than the corrupted one does: there "
          "is nothing to " +
          std::string(m_request.mode == GridMode::Denoise ? "restore." : "break."));
    }
  }

  LanguageModel& m_model;
  const PatchGridRequest& m_request;
  const GridPlan& m_plan;
  JobContext& m_context;
  const std::function<void(const StreamedTokens&)>& m_stream;
  at::Tensor m_reference;  // [D], the clean run's last residual
  std::vector<float> m_values;
  PatchGridResult m_result;
};

}  // namespace

Outcome<PatchGridResult> runPatchGrid(LanguageModel& model, const PatchGridRequest& request, JobContext& context,
                                      const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const Outcome<GridPlan> plan = makePlan(model, request);
  if (!plan) return plan.failure<PatchGridResult>();
  Outcome<PatchGridResult> result = GridRun(model, request, *plan, context, stream).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
