#include "core/analysis/logit_lens.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
#include "core/analysis/future_lens.h"
#include "core/analysis/greedy_growth.h"
#include "core/analysis/lens_reader.h"
#include "core/analysis/state_map.h"
#include "core/analysis/state_patch.h"
#include "core/analysis/state_storage.h"
#include "core/model/generator.h"
#include "core/model/steering_edits.h"

namespace patchbay {
namespace {

/// How far a future lens reads.
constexpr int kMostAhead = 4;
/// How often a long prompt is shown while it is read.
constexpr std::int64_t kMostPictures = 24;

std::optional<Error> refuseExtras(const LensRequest& request) {
  if (request.ahead < 0 || request.ahead > kMostAhead) {
    return Error{.code = "LENS-05",
                 .what = "a future lens does not read that far",
                 .file = {},
                 .field = "ahead",
                 .found = std::to_string(request.ahead),
                 .expected = "0 to " + std::to_string(kMostAhead),
                 .advice = "Choose fewer tokens ahead."};
  }
  const bool isPlain = request.site == "resid_post" && request.translator.isEmpty() && request.patches.empty() &&
                       request.steering.isEmpty() && request.continueTokens == 0;
  if (request.ahead > 0 && !isPlain) {
    return Error{.code = "LENS-06",
                 .what = "a future lens reads the residual stream of the prompt as it is",
                 .file = {},
                 .field = "ahead",
                 .found = "another site, a tuned lens, a patch, a steering vector or a continuation beside it",
                 .expected = "resid_post alone",
                 .advice = "Leave these out, or read the next token (ahead 0)."};
  }
  return refuseGrowth(request.continueTokens);
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
  return refuseExtras(request);
}

/// What the states of a future lens are written into; nothing for other lenses.
Outcome<FutureText> futureTextOf(const LanguageModel& model, const LensRequest& request) {
  if (request.ahead == 0) return FutureText{};
  if (!request.aheadPrompt.isEmpty()) {
    const SoftPrompt* learned = request.aheadPrompt.prompt.get();
    if (!learned || learned->embeddings.extent(1) != model.card.width ||
        learned->model.fingerprint != model.card.ref.fingerprint) {
      return Error{.code = "LENS-07",
                   .what = "this is no learned prompt of the model",
                   .file = {},
                   .field = "aheadPrompt",
                   .found = request.aheadPrompt.name,
                   .expected = "one that was learned with " + model.card.ref.name,
                   .advice = "Learn one, or let the lens write into a text."};
    }
    if (const auto fits = checkContext(model, learned->length() + request.ahead); !fits)
      return fits.failure<FutureText>();
    return futureTextOf(model, *learned);
  }
  auto text = model.text.encode(Prompt::plain(request.aheadText));
  if (!text) return text.failure<FutureText>();
  if (const auto fits = checkContext(model, std::ssize(*text) + request.ahead); !fits)
    return fits.failure<FutureText>();
  return FutureText{.ids = std::move(*text)};
}

/// What one head writes at every layer and token, [L, t, D]: its part of the output product of z [L, t, H, K].
at::Tensor headStates(const Transformer& transformer, const at::Tensor& z, int head) {
  std::vector<at::Tensor> layers;
  for (int layer = 0; layer < z.size(0); ++layer)
    layers.push_back(transformer.headOutput(layer, head, z[layer].select(1, head)));
  return at::stack(layers);
}

/// States of the stream as a tuned lens reads them, [L, t, D]: each layer through its map into the last one.
at::Tensor translated(const AffineMap& map, const at::Tensor& residuals) {
  const std::int64_t last = residuals.size(0) - 1;
  std::vector<at::Tensor> layers;
  for (std::int64_t layer = 0; layer < last; ++layer) {
    const AffinePair part = affinePair(map, map.pairOf(static_cast<int>(layer), static_cast<int>(last)));
    const at::Tensor states = residuals[layer].to(at::kCPU, at::kFloat);  // where the map is
    layers.push_back(at::addmm(part.offset, states, part.matrix).to(residuals.options()));
  }
  layers.push_back(residuals[last]);  // the model's own answer
  return at::stack(layers);
}

/// One lens, from the prompt's ids to its result.
class LensRun {
public:
  LensRun(LanguageModel& model, const LensRequest& request, std::vector<std::int32_t> ids, FutureText futureText,
          HookPlan plan, JobContext& context, const std::function<void(const StreamedTokens&)>& stream)
      : m_model(model),
        m_request(request),
        m_ids(std::move(ids)),
        m_prompt(std::ssize(m_ids)),
        m_plan(std::move(plan)),
        m_context(context),
        m_stream(stream),
        m_futureText(std::move(futureText)) {}

  LensResult run() {
    const bool goesOn = m_request.continueTokens > 0 || m_request.ahead > 0;
    CapturedRun run =
        captureResiduals(m_model, m_ids, m_context, beside(), m_plan, goesOn ? Keys::Kept : Keys::Dropped);
    const at::Tensor last = run.residuals[run.layers() - 1];  // [T, D]
    const Distribution next = answerOf(last[m_prompt - 1]);
    m_next = withTexts(m_model.text, next.top(std::max(topK(), 20)));
    if (m_request.ahead > 0)
      readFuture(run, last);
    else
      readPrompt(run, next.best());
    if (m_request.continueTokens > 0) grow(run, last[m_prompt - 1]);
    return result();
  }

private:
  /// The site that is captured beside the stream. A head's output is its part of the product of what the heads read.
  [[nodiscard]] std::optional<Site> beside() const {
    const Site site = *siteByName(m_request.site);
    if (site == Site::ResidPost) return std::nullopt;
    return site == Site::HeadOut ? Site::Z : site;
  }
  [[nodiscard]] int topK() const { return std::clamp(m_request.topK, 1, std::min(m_model.card.vocabulary, 1000)); }
  /// The distribution behind one residual of the last block, [D].
  [[nodiscard]] Distribution answerOf(const at::Tensor& residual) const {
    const Transformer& transformer = *m_model.transformer;
    return Distribution(transformer.unembed(transformer.finalNorm(residual)));
  }

  void begin(std::int32_t likeliest) {
    m_reader.emplace(
        m_model,
        LensWish{.topK = topK(),
                 .tracked = m_request.tracked.empty() ? std::vector<std::int32_t>{likeliest} : m_request.tracked,
                 .ahead = m_request.ahead},
        m_context);
  }

  /// The token behind each of `count` columns from `first` on, -1 where the text ends.
  [[nodiscard]] std::vector<std::int32_t> following(std::int64_t first, std::int64_t count) const {
    std::vector<std::int32_t> ids;
    for (std::int64_t token = first + 1 + m_request.ahead; std::ssize(ids) < count; ++token)
      ids.push_back(token < std::ssize(m_ids) ? m_ids[static_cast<std::size_t>(token)] : -1);
    return ids;
  }

  /// Reads columns of a run: residuals [L, t, D], and the values of the site beside them.
  void readColumns(const at::Tensor& residuals, const at::Tensor& values) {
    at::Tensor states = values.defined() ? values : residuals;
    if (m_request.site == "head_out") states = headStates(*m_model.transformer, values, m_request.head);
    if (!m_request.translator.isEmpty()) states = translated(*m_request.translator.map, residuals);
    m_reader->add(states, residuals[residuals.size(0) - 1], following(m_reader->columns(), residuals.size(1)),
                  !beside());
  }

  void readPrompt(const CapturedRun& run, std::int32_t likeliest) {
    begin(likeliest);
    // What follows the last token is known when the run has gone on.
    const std::int64_t count = m_request.continueTokens > 0 ? m_prompt - 1 : m_prompt;
    const std::int64_t group = m_reader->columnsAtOnce(run.layers());
    // Putting the picture together takes its time too: of a long prompt a few are enough.
    const std::int64_t shown = std::max<std::int64_t>(1, count / group / kMostPictures);
    for (std::int64_t first = 0; first < count; first += group) {
      const std::int64_t part = std::min(group, count - first);
      readColumns(run.residuals.narrow(1, first, part),
                  run.values.defined() ? run.values.narrow(1, first, part) : at::Tensor());
      m_context.progress("Reading the lens", "tokens", first + part, count);
      if (part < count && first / group % shown == 0) show();
    }
  }

  /// Greedy tokens behind the prompt; each is read when the next is known.
  void grow(CapturedRun& run, const at::Tensor& lastResidual) {
    const std::int64_t layers = run.layers();
    std::vector<at::Tensor> residuals(static_cast<std::size_t>(layers)), values(beside() ? residuals.size() : 0);
    // The last token of the prompt is the first to be read.
    for (std::size_t layer = 0; layer < residuals.size(); ++layer) {
      const auto from = static_cast<std::int64_t>(layer);
      residuals[layer] = run.residuals[from].narrow(0, m_prompt - 1, 1);
      if (!values.empty()) values[layer] = run.values[from].narrow(0, m_prompt - 1, 1);
    }
    HookPlan plan = m_plan;
    const auto keep = [&plan](Site site, std::vector<at::Tensor>& states) {
      for (std::size_t layer = 0; layer < states.size(); ++layer)
        plan.observe(site, static_cast<int>(layer),
                     [&states, layer](const Observation& seen) { states[layer] = seen.value[0].clone(); });
    };
    keep(Site::ResidPost, residuals);
    if (const auto site = beside()) keep(*site, values);
    const auto read = [&] {
      readColumns(at::stack(residuals), values.empty() ? at::Tensor() : at::stack(values));
      if (isShownWhileItGrows(m_reader->columns())) show();
    };
    growGreedily(m_model, run.cache, lastResidual, m_request.continueTokens, plan, m_context, [&](std::int32_t id) {
      m_ids.push_back(id);
      read();
    });
    read();
  }

  /// Each state in the future lens's own text, held against the model's own answer some tokens on.
  void readFuture(CapturedRun& run, const at::Tensor& last) {
    std::vector<at::Tensor> own = {last};
    HookPlan plan;
    plan.observe(Site::ResidPost, m_model.card.layers - 1,
                 [&own](const Observation& seen) { own.push_back(seen.value[0].clone()); });
    JobContext quiet = m_context.quiet();
    const Sampling greedy{.maxNewTokens = m_request.ahead, .stopAtEndToken = false};
    const Continuation text =
        continueFrom(m_model, run.cache, last[m_prompt - 1].view({1, 1, -1}), greedy, plan, quiet);
    const std::int32_t final = text.generation.tokens.back().token.id;
    (void)m_model.transformer->run({{final}}, run.cache, plan, quiet);
    const at::Tensor answers = at::cat(own).narrow(0, m_request.ahead, m_prompt);  // [T, D]
    begin(answerOf(answers[m_prompt - 1]).best());
    FutureLens future(m_model, m_futureText, m_request.ahead);
    const std::int64_t group = future.columnsAtOnce(run.layers());
    for (std::int64_t first = 0; first < m_prompt; first += group) {
      const std::int64_t part = std::min(group, m_prompt - first);
      const at::Tensor states = future.read(run.residuals.narrow(1, first, part), quiet);
      m_reader->add(states, answers.narrow(0, first, part), following(first, part), false);
      m_context.progress("Reading the future lens", "tokens", first + part, m_prompt);
      if (part < m_prompt) show();
    }
  }

  [[nodiscard]] LensResult result() const {
    LensResult lens;
    lens.tokens = m_model.text.facts(m_ids);
    lens.site = m_request.site;
    lens.head = m_request.site == "head_out" ? m_request.head : -1;
    lens.translator = m_request.translator.name;
    lens.patches = static_cast<int>(m_request.patches.size());
    lens.steeredBy = m_request.steering.isEmpty() ? std::string() : m_request.steering.vectorName;
    lens.grown = static_cast<int>(std::ssize(m_ids) - m_prompt);
    lens.ahead = m_request.ahead;
    lens.next = m_next;
    m_reader->fill(lens);
    return lens;
  }

  /// Shows what has been read so far.
  void show() {
    if (m_stream) m_stream({.lane = 0, .soFar = {}, .part = std::make_shared<const LensResult>(result())});
  }

  LanguageModel& m_model;
  const LensRequest& m_request;
  std::vector<std::int32_t> m_ids;
  std::int64_t m_prompt;
  HookPlan m_plan;
  JobContext& m_context;
  const std::function<void(const StreamedTokens&)>& m_stream;
  FutureText m_futureText;  // of a future lens
  std::optional<LensReader> m_reader;
  std::vector<RankedToken> m_next;
};

}  // namespace

Outcome<LensResult> runLens(LanguageModel& model, const LensRequest& request, JobContext& context,
                            const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<LensResult>();
  if (auto refused = refuse(model, request)) return *refused;
  const std::int64_t tokens = std::ssize(*ids);
  if (const auto fits = checkContext(model, tokens + request.continueTokens + request.ahead); !fits)
    return fits.failure<LensResult>();
  const std::int64_t bytes = std::int64_t{model.card.layers} * tokens * model.card.width * 4;
  if (auto refused = refuseStates(request.site == "resid_post" ? bytes : 2 * bytes)) return *refused;
  auto plan = patchPlan(model, request.patches, *ids, context);
  if (!plan) return plan.failure<LensResult>();
  if (const auto added = addSteering(*plan, model, request.steering, tokens); !added)
    return added.failure<LensResult>();
  auto futureText = futureTextOf(model, request);
  if (!futureText) return futureText.failure<LensResult>();
  LensResult lens =
      LensRun(model, request, std::move(*ids), std::move(*futureText), std::move(*plan), context, stream).run();
  lens.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return lens;
}

}  // namespace patchbay
