#include "core/analysis/patchscope.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "core/analysis/answer_tokens.h"
#include "core/analysis/state_map.h"
#include "core/analysis/sweep.h"
#include "core/model/generator.h"
#include "core/model/parallel_decoder.h"

namespace patchbay {
namespace {

constexpr std::size_t kMaxPairs = 20000;
/// Pairs that are decoded together; bounds the memory of their keys and logits.
constexpr std::size_t kBatch = 512;

/// A request with every default filled in and every place checked.
struct Plan {
  std::vector<std::int32_t> sourceIds, targetIds;
  int sourceToken = 0, targetToken = 0;
  std::vector<int> sourceLayers;
  std::vector<std::pair<int, int>> pairs;  // source layer, target layer
  std::vector<int> tokens;                 // of the source, of each pair
};

Outcome<Plan> makePlan(const LanguageModel& reader, const LanguageModel& writer, const PatchscopeRequest& request) {
  Plan plan;
  auto source = reader.text.encode(request.source);
  if (!source) return source.failure<Plan>();
  auto target = writer.text.encode(request.target);
  if (!target) return target.failure<Plan>();
  if (const auto fits = checkContext(reader, std::ssize(*source)); !fits) return fits.failure<Plan>();
  if (const auto fits = checkContext(writer, std::ssize(*target) + request.generateTokens); !fits)
    return fits.failure<Plan>();
  const auto sourceToken = resolveToken(request.sourceToken, source->size(), "source token");
  if (!sourceToken) return sourceToken.failure<Plan>();
  const auto targetToken = resolveToken(request.targetToken, target->size(), "target token");
  if (!targetToken) return targetToken.failure<Plan>();
  const auto sourceLayers = resolveLayers(request.sourceLayers, reader.card.layers, "source layers");
  if (!sourceLayers) return sourceLayers.failure<Plan>();
  const std::size_t columns =
      request.everyToken ? source->size() : std::max<std::size_t>(1, request.targetLayers.size());
  if (sourceLayers->size() * columns > kMaxPairs) {
    return Error{.code = "SCOPE-01",
                 .what = "too many cells",
                 .file = {},
                 .field = request.everyToken ? "source" : "layers",
                 .found = std::to_string(sourceLayers->size()) + " by " + std::to_string(columns),
                 .expected = "at most " + std::to_string(kMaxPairs) + " cells",
                 .advice = "Ask for fewer layers."};
  }
  if (request.everyToken && request.targetLayers.size() > 1) {
    return Error{.code = "SCOPE-02",
                 .what = "every token of the source is read for one target layer",
                 .file = {},
                 .field = "target layers",
                 .found = std::to_string(request.targetLayers.size()) + " layers",
                 .expected = "one layer, or the same as the source's",
                 .advice = "Choose one target layer, or one token of the source."};
  }
  const int last = request.everyToken ? static_cast<int>(source->size()) - 1 : *sourceToken;
  for (int token = request.everyToken ? 0 : *sourceToken; token <= last; ++token) {
    for (const int layer : *sourceLayers) {
      const auto add = [&](int written) {
        plan.pairs.emplace_back(layer, written);
        plan.tokens.push_back(token);
      };
      if (request.targetLayers.empty()) add(sameDepth(layer, reader.card.layers, writer.card.layers));
      for (const int wanted : request.targetLayers) {
        const auto written = resolveLayer(wanted, writer.card.layers, "target layers");
        if (!written) return written.failure<Plan>();
        add(*written);
      }
    }
  }
  plan.sourceIds = std::move(source).value();
  plan.targetIds = std::move(target).value();
  plan.sourceToken = *sourceToken;
  plan.targetToken = *targetToken;
  plan.sourceLayers = *sourceLayers;
  return plan;
}

class PatchscopeRun {
public:
  PatchscopeRun(LanguageModel& reader, LanguageModel& writer, const PatchscopeRequest& request, const Plan& plan,
                JobContext& context, const std::function<void(const StreamedTokens&)>& stream)
      : m_reader(reader), m_model(writer), m_request(request), m_plan(plan), m_context(context), m_stream(stream) {}

  Outcome<PatchscopeResult> run() {
    auto mapper = StateMapper::make(m_reader, m_model.card, m_request.map, m_request.affine, m_plan.pairs, m_context);
    if (!mapper) return mapper.failure<PatchscopeResult>();
    m_mapper = std::move(*mapper);
    m_source = captureResiduals(m_reader, m_plan.sourceIds, m_context);
    m_target = captureResiduals(m_model, m_plan.targetIds, m_context);
    m_result.sourceTokens = m_reader.text.facts(m_plan.sourceIds);
    m_result.targetTokens = m_model.text.facts(m_plan.targetIds);
    m_result.sourceToken = m_plan.sourceToken;
    m_result.targetToken = m_plan.targetToken;
    readTarget();
    readLens();
    m_result.cells.resize(m_plan.pairs.size());
    if (m_request.generateTokens > 0) {
      for (std::size_t begin = 0; begin < m_plan.pairs.size(); begin += kBatch)
        generateCells(begin, std::min(begin + kBatch, m_plan.pairs.size()));
    } else {
      sweepCells();
    }
    if (m_ownNext && !m_request.everyToken) {
      for (const auto& [pair, p] : m_diagonal) m_result.finalTokenP.push_back(p);
    } else {
      m_result.finalTokenLensP.clear();
    }
    warn();
    return std::move(m_result);
  }

private:
  /// What the target says without the patch, also of the words that are asked for.
  void readTarget() {
    for (const std::string& word : m_request.words) {
      const std::int32_t id = firstTokenOf(m_model, word, "word", m_result.warnings);
      if (id >= 0) m_result.asked.push_back(m_model.text.tokenizer->fact(id));
    }
    const Transformer& transformer = *m_model.transformer;
    const at::Tensor end = m_target->residuals[m_target->layers() - 1][m_target->tokens() - 1];
    const Distribution plain(transformer.unembed(transformer.finalNorm(end)));
    m_result.unpatched = withTexts(m_model.text, plain.top(m_request.topK));
    for (const TokenFact& word : m_result.asked) m_result.askedUnpatched.push_back(plain.probability(word.id));
  }

  /// The logit lens of the source states of every token, layer by layer.
  void readLensOfTokens() {
    const Transformer& transformer = *m_reader.transformer;
    std::map<std::pair<int, int>, std::vector<RankedToken>> tops;  // by token and layer
    for (const int layer : m_plan.sourceLayers) {
      m_context.checkpoint();
      const at::Tensor logits = transformer.unembed(transformer.finalNorm(m_source->residuals[layer]));  // [T, V]
      for (int token = 0; token < static_cast<int>(m_source->tokens()); ++token)
        tops[{token, layer}] = withTexts(m_reader.text, Distribution(logits[token]).top(m_request.topK));
    }
    for (auto& [place, top] : tops)
      m_result.lens.push_back({.sourceLayer = place.second,
                               .targetLayer = m_reader.card.layers - 1,
                               .top = std::move(top),
                               .generation = {},
                               .sourceToken = place.first});
  }

  /// The logit lens of every source state, and how likely each finds the source's own next token.
  void readLens() {
    if (m_request.everyToken) readLensOfTokens();
    const at::Tensor states = m_source->residuals.select(1, m_plan.sourceToken);  // [L, D]
    const Transformer& transformer = *m_reader.transformer;
    const at::Tensor logits = transformer.unembed(transformer.finalNorm(states));  // [L, V]
    const Distribution own(logits[m_source->layers() - 1]);
    const int topK = std::max(1, m_request.topK);
    m_ownNext = inWriter(own.best());
    m_result.sourceNext = withTexts(m_reader.text, own.top(topK));
    if (m_request.everyToken) return;
    for (const int layer : m_plan.sourceLayers) {
      const Distribution lens(logits[layer]);
      m_result.lens.push_back({.sourceLayer = layer,
                               .targetLayer = m_reader.card.layers - 1,
                               .top = withTexts(m_reader.text, lens.top(m_request.topK)),
                               .generation = {}});
      m_result.finalTokenLensP.push_back(lens.probability(own.best()));
    }
  }

  /// The writer's token for the same bytes as one of the reader's; none where it has no such token.
  [[nodiscard]] std::optional<std::int32_t> inWriter(std::int32_t id) const {
    if (&m_reader == &m_model) return id;
    const Tokenizer& own = *m_reader.text.tokenizer;
    if (own.isSpecial(id)) return std::nullopt;
    return m_model.text.tokenizer->idOf(own.bytesOf(id));
  }

  /// The patch of a pair of layers.
  [[nodiscard]] Variant variantOf(std::size_t pair) const {
    const auto [from, to] = m_plan.pairs[pair];
    const at::Tensor state =
        m_mapper(m_source->residuals[from][m_plan.tokens[pair]], m_target->residuals[to][m_plan.targetToken], from, to);
    return {.edits = {{.site = Site::ResidPost,
                       .layer = to,
                       .firstToken = m_plan.targetToken,
                       .lastToken = m_plan.targetToken,
                       .apply = edits::replaceBy(state)}},
            .base = 0};
  }

  void takeCell(std::size_t pair, std::vector<RankedToken> top, float ownNextP, std::vector<float> asked) {
    const auto [from, to] = m_plan.pairs[pair];
    m_result.cells[pair] = {.sourceLayer = from,
                            .targetLayer = to,
                            .top = std::move(top),
                            .generation = {},
                            .sourceToken = m_request.everyToken ? m_plan.tokens[pair] : -1,
                            .asked = std::move(asked)};
    if (!m_request.everyToken && to == sameDepth(from, m_reader.card.layers, m_model.card.layers))
      m_diagonal[pair] = ownNextP;
  }

  /// Next tokens alone: nothing but the last token's answer leaves the sweep.
  void sweepCells() {
    std::vector<Variant> variants;
    for (std::size_t pair = 0; pair < m_plan.pairs.size(); ++pair) variants.push_back(variantOf(pair));
    std::vector<std::int32_t> tokens{m_ownNext.value_or(0)};
    for (const TokenFact& word : m_result.asked) tokens.push_back(word.id);
    const SweepReadOut wanted{
        .topK = std::clamp(m_request.topK, 1, 1000), .asked = tokens, .distribution = true, .reference = {}};
    sweep(m_model, {&*m_target, 1}, variants, wanted, m_context, [&](const std::vector<SweptCell>& cells) {
      for (const SweptCell& cell : cells) {
        std::vector<float> chances;
        for (const float logit : cell.askedLogits)
          chances.push_back(static_cast<float>(std::exp(logit - cell.logSumExp)));
        takeCell(cell.variant, withTexts(m_model.text, cell.top), chances.front(),
                 {chances.begin() + 1, chances.end()});
        if (m_stream) m_stream({.lane = static_cast<int>(cell.variant), .soFar = firstWord(cell.variant)});
      }
    });
  }

  /// A cell's answer in the form in which continuations stream.
  [[nodiscard]] Generation firstWord(std::size_t pair) const {
    const std::vector<RankedToken>& top = m_result.cells[pair].top;
    Generation word;
    word.tokens.push_back({.token = top.front().token, .p = top.front().p, .entropyBits = 0, .alternatives = top});
    return word;
  }

  void generateCells(std::size_t begin, std::size_t end) {
    std::vector<Variant> variants;
    for (std::size_t pair = begin; pair < end; ++pair) variants.push_back(variantOf(pair));
    SweptCaches swept = sweepToContinue(m_model, *m_target, variants, m_context);
    const Transformer& transformer = *m_model.transformer;
    const at::Tensor logits = transformer.unembed(transformer.finalNorm(swept.last)).flatten(0, 1);  // [B, V]
    std::vector<Distribution> firsts;
    for (std::size_t pair = begin; pair < end; ++pair) {
      m_context.checkpoint();
      firsts.emplace_back(logits[static_cast<std::int64_t>(pair - begin)]);
      std::vector<float> asked;
      for (const TokenFact& word : m_result.asked) asked.push_back(firsts.back().probability(word.id));
      takeCell(pair, withTexts(m_model.text, firsts.back().top(m_request.topK)),
               firsts.back().probability(m_ownNext.value_or(0)), std::move(asked));
    }
    const auto sink = [&](std::size_t row, const Generation& soFar) {
      if (m_stream) m_stream({.lane = static_cast<int>(begin + row), .soFar = soFar});
    };
    std::vector<Generation> texts =
        decodeTogether(m_model, swept.cache, firsts, m_request.generateTokens, m_context, sink);
    for (std::size_t pair = begin; pair < end; ++pair) m_result.cells[pair].generation = std::move(texts[pair - begin]);
  }

  void warn() {
    if (!m_ownNext && !m_request.everyToken) {
      m_result.warnings.emplace_back("The target model has no token for the source's own next token '" +
                                     m_result.sourceNext.front().token.text + "': its probability is left out.");
    }
    if (!m_request.everyToken && m_plan.sourceToken == 0 && m_plan.sourceIds.size() > 1) {
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

  LanguageModel& m_reader;  // of the source
  LanguageModel& m_model;   // of the target
  const PatchscopeRequest& m_request;
  const Plan& m_plan;
  JobContext& m_context;
  const std::function<void(const StreamedTokens&)>& m_stream;
  std::optional<CapturedRun> m_source, m_target;
  StateMapper m_mapper;
  std::optional<std::int32_t> m_ownNext;    // the source's own next token, as the writer knows it
  std::map<std::size_t, float> m_diagonal;  // p of the source's own next token where source and target layer agree
  PatchscopeResult m_result;
};

}  // namespace

Outcome<PatchscopeResult> runPatchscope(LanguageModel& reader, LanguageModel& writer, const PatchscopeRequest& request,
                                        JobContext& context, const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const Outcome<Plan> plan = makePlan(reader, writer, request);
  if (!plan) return plan.failure<PatchscopeResult>();
  auto result = PatchscopeRun(reader, writer, request, *plan, context, stream).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
