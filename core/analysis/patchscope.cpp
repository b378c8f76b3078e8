#include "core/analysis/patchscope.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/variant_sweep.h"
#include "core/model/generator.h"
#include "core/model/parallel_decoder.h"

namespace patchbay {
namespace {

constexpr std::size_t kMaxPairs = 20000;
/// Pairs of one walk; bounds the memory of the batch.
constexpr std::size_t kBatch = 512;

/// A request with every default filled in and every place checked.
struct Plan {
  std::vector<std::int32_t> sourceIds, targetIds;
  int sourceToken = 0, targetToken = 0;
  std::vector<int> sourceLayers;
  std::vector<std::pair<int, int>> pairs;  // source layer, target layer
};

Outcome<Plan> makePlan(const LanguageModel& model, const PatchscopeRequest& request) {
  Plan plan;
  auto source = model.text.encode(request.source);
  if (!source) return source.failure<Plan>();
  auto target = model.text.encode(request.target);
  if (!target) return target.failure<Plan>();
  for (const auto* ids : {&*source, &*target})
    if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids->size()) + request.generateTokens); !fits)
      return fits.failure<Plan>();
  const auto sourceToken = resolveToken(request.sourceToken, source->size(), "source token");
  if (!sourceToken) return sourceToken.failure<Plan>();
  const auto targetToken = resolveToken(request.targetToken, target->size(), "target token");
  if (!targetToken) return targetToken.failure<Plan>();
  const auto sourceLayers = resolveLayers(request.sourceLayers, model.card.layers, "source layers");
  if (!sourceLayers) return sourceLayers.failure<Plan>();
  for (const int layer : *sourceLayers) {
    if (request.targetLayers.empty()) {
      plan.pairs.emplace_back(layer, layer);
      continue;
    }
    for (const int wanted : request.targetLayers) {
      const auto written = resolveLayer(wanted, model.card.layers, "target layers");
      if (!written) return written.failure<Plan>();
      plan.pairs.emplace_back(layer, *written);
    }
  }
  if (plan.pairs.size() > kMaxPairs) {
    return Error{.code = "SCOPE-01",
                 .what = "too many pairs of layers",
                 .file = {},
                 .field = "layers",
                 .found = std::to_string(plan.pairs.size()),
                 .expected = "at most " + std::to_string(kMaxPairs),
                 .advice = "Ask for fewer layers."};
  }
  plan.sourceIds = std::move(source).value();
  plan.targetIds = std::move(target).value();
  plan.sourceToken = *sourceToken;
  plan.targetToken = *targetToken;
  plan.sourceLayers = *sourceLayers;
  return plan;
}

at::Tensor mapState(StateMap map, const at::Tensor& state, const at::Tensor& replaced) {
  switch (map) {
    case StateMap::Identity: return state;
    case StateMap::TargetNorm: return state * (replaced.norm() / state.norm().clamp_min(1e-20));
    case StateMap::Zero: return at::zeros_like(state);
  }
  return state;
}

std::vector<RankedToken> answer(LanguageModel& model, const at::Tensor& residual, int topK) {
  const Transformer& transformer = *model.transformer;
  return withTexts(model.text, Distribution(transformer.unembed(transformer.finalNorm(residual))).top(topK));
}

class PatchscopeRun {
public:
  PatchscopeRun(LanguageModel& model, const PatchscopeRequest& request, const Plan& plan, JobContext& context,
                const std::function<void(const StreamedTokens&)>& stream)
      : m_model(model), m_request(request), m_plan(plan), m_context(context), m_stream(stream) {}

  PatchscopeResult run() {
    m_source = captureResiduals(m_model, m_plan.sourceIds, m_context);
    m_target = captureResiduals(m_model, m_plan.targetIds, m_context);
    m_result.sourceTokens = m_model.text.facts(m_plan.sourceIds);
    m_result.targetTokens = m_model.text.facts(m_plan.targetIds);
    m_result.sourceToken = m_plan.sourceToken;
    m_result.targetToken = m_plan.targetToken;
    m_result.unpatched =
        answer(m_model, m_target->residuals[m_target->layers() - 1][m_target->tokens() - 1], m_request.topK);
    readLens();
    for (std::size_t begin = 0; begin < m_plan.pairs.size(); begin += kBatch)
      sweep(begin, std::min(begin + kBatch, m_plan.pairs.size()));
    warn();
    return std::move(m_result);
  }

private:
  /// The logit lens of every source state, and how likely each finds the source's own next token.
  void readLens() {
    const at::Tensor states = m_source->residuals.select(1, m_plan.sourceToken);  // [L, D]
    const Transformer& transformer = *m_model.transformer;
    const at::Tensor logits = transformer.unembed(transformer.finalNorm(states));  // [L, V]
    const Distribution own(logits[m_source->layers() - 1]);
    m_ownNext = own.best();
    m_result.sourceNext = withTexts(m_model.text, own.top(m_request.topK));
    for (const int layer : m_plan.sourceLayers) {
      const Distribution lens(logits[layer]);
      m_result.lens.push_back({.sourceLayer = layer,
                               .targetLayer = m_model.card.layers - 1,
                               .top = withTexts(m_model.text, lens.top(m_request.topK)),
                               .generation = {}});
      m_result.finalTokenLensP.push_back(lens.probability(m_ownNext));
    }
  }

  void sweep(std::size_t begin, std::size_t end) {
    std::vector<Variant> variants;
    for (std::size_t i = begin; i < end; ++i) {
      const auto [from, to] = m_plan.pairs[i];
      variants.push_back({.layer = to,
                          .state = mapState(m_request.map, m_source->residuals[from][m_plan.sourceToken],
                                            m_target->residuals[to][m_plan.targetToken])});
    }
    SweptVariants swept = sweepVariants(m_model, *m_target, m_plan.targetToken, variants, m_context);
    const Transformer& transformer = *m_model.transformer;
    const at::Tensor logits = transformer.unembed(transformer.finalNorm(swept.last)).flatten(0, 1);  // [B, V]
    std::vector<Distribution> firsts;
    for (std::size_t i = begin; i < end; ++i) {
      m_context.checkpoint();
      const auto [from, to] = m_plan.pairs[i];
      firsts.emplace_back(logits[static_cast<std::int64_t>(i - begin)]);
      m_result.cells.push_back({.sourceLayer = from,
                                .targetLayer = to,
                                .top = withTexts(m_model.text, firsts.back().top(m_request.topK)),
                                .generation = {}});
      if (from == to) m_result.finalTokenP.push_back(firsts.back().probability(m_ownNext));
    }
    if (m_request.generateTokens <= 0) return;
    const auto sink = [&](std::size_t row, const Generation& soFar) {
      if (m_stream) m_stream({static_cast<int>(begin + row), soFar});
    };
    std::vector<Generation> texts =
        decodeTogether(m_model, swept.cache, firsts, m_request.generateTokens, m_context, sink);
    for (std::size_t i = begin; i < end; ++i) m_result.cells[i].generation = std::move(texts[i - begin]);
  }

  void warn() {
    if (m_plan.sourceToken == 0 && m_plan.sourceIds.size() > 1) {
      m_result.warnings.emplace_back(
          "Token 0 is an attention sink with an abnormal norm; its states say little about the word.");
    }
    if (m_plan.targetToken != static_cast<int>(m_plan.targetIds.size()) - 1) {
      m_result.warnings.emplace_back(
          "The patch stands before the last token; the answer is read after the whole target prompt.");
      const bool lastLayer =
          std::ranges::any_of(m_plan.pairs, [&](const auto& pair) { return pair.second == m_model.card.layers - 1; });
      if (lastLayer) m_result.warnings.emplace_back("A patch at the last layer cannot reach a later token.");
    }
  }

  LanguageModel& m_model;
  const PatchscopeRequest& m_request;
  const Plan& m_plan;
  JobContext& m_context;
  const std::function<void(const StreamedTokens&)>& m_stream;
  std::optional<CapturedRun> m_source, m_target;
  std::int32_t m_ownNext = 0;
  PatchscopeResult m_result;
};

}  // namespace

Outcome<PatchscopeResult> runPatchscope(LanguageModel& model, const PatchscopeRequest& request, JobContext& context,
                                        const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const Outcome<Plan> plan = makePlan(model, request);
  if (!plan) return plan.failure<PatchscopeResult>();
  PatchscopeResult result = PatchscopeRun(model, request, *plan, context, stream).run();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
