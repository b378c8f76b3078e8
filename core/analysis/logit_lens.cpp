#include "core/analysis/logit_lens.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "core/analysis/captured_run.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"
#include "core/tensor/lens_scan.h"

namespace patchbay {
namespace {

/// Rows of the scan as arrays of the result.
class LensBuilder {
public:
  LensBuilder(const LanguageModel& model, const CapturedRun& run, LensRows rows, int topK)
      : m_model(model), m_run(run), m_rows(std::move(rows)), m_layers(run.layers()), m_tokens(run.tokens()), m_k(topK) {}

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
    const at::Tensor states = m_run.residuals;  // [L, T, D]
    const at::Tensor norms = states.norm(2, {-1});
    const at::Tensor final = states[m_layers - 1];
    const at::Tensor cosines = (states * final).sum(-1) / (norms * norms[m_layers - 1]).clamp_min(1e-20);
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

  /// p of each prompt token under the model's own distribution one token earlier.
  void fillTokenP(LensResult& lens, const at::Tensor& finalStates) const {
    std::vector<float> p(static_cast<std::size_t>(m_tokens), std::numeric_limits<float>::quiet_NaN());
    if (m_tokens > 1) {
      const std::vector<std::int32_t> next(m_run.ids.begin() + 1, m_run.ids.end());
      const at::Tensor ids = at::tensor(at::ArrayRef<std::int32_t>(next)).to(at::kLong);
      const at::Tensor rows = m_model.transformer->weights().unembedding.dense().index_select(0, ids);
      const at::Tensor logits = (finalStates.narrow(0, 0, m_tokens - 1) * rows).sum(-1).contiguous();
      const std::size_t firstFinal = static_cast<std::size_t>((m_layers - 1) * m_tokens);
      for (std::size_t t = 1; t < p.size(); ++t) p[t] = probability(logits.const_data_ptr<float>()[t - 1], firstFinal + t - 1);
    }
    lens.tokenP = HostArray({m_tokens}, {"token"}, "probability", std::move(p));
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
  LensRows m_rows;
  std::int64_t m_layers, m_tokens, m_k;
};

}  // namespace

Outcome<LensResult> runLens(LanguageModel& model, const LensRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<LensResult>();
  if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids->size())); !fits) return fits.failure<LensResult>();
  for (const std::int32_t id : request.tracked) {
    if (id < 0 || id >= model.card.vocabulary) {
      return Error{.code = "LENS-01", .what = "a tracked token is not in the vocabulary", .file = model.card.ref.name, .field = "tracked",
                   .found = std::to_string(id), .expected = "0 to " + std::to_string(model.card.vocabulary - 1), .advice = "Choose another token."};
    }
  }

  const CapturedRun run = captureResiduals(model, *ids, context);
  const at::Tensor normed = model.transformer->finalNorm(run.residuals).to(at::kFloat);  // [L, T, D]
  const at::Tensor unembedding = model.transformer->weights().unembedding.dense().to(at::kFloat);
  const Distribution next(at::linear(normed[run.layers() - 1][run.tokens() - 1], unembedding));
  const std::vector<std::int32_t> tracked = request.tracked.empty() ? std::vector<std::int32_t>{next.best()} : request.tracked;
  const int topK = std::clamp(request.topK, 1, std::min(model.card.vocabulary, 1000));

  LensRows rows = scanLens({.states = normed.flatten(0, 1), .tokens = run.tokens(), .unembedding = unembedding, .topK = topK,
                            .tracked = tracked, .checkpoint = [&] { context.checkpoint(); }});
  LensResult lens;
  lens.tokens = model.text.facts(run.ids);
  lens.layers = static_cast<int>(run.layers());
  lens.next = withTexts(model.text, next.top(std::max(topK, 20)));
  const LensBuilder builder(model, run, std::move(rows), topK);
  builder.fillTop(lens);
  builder.fillMeasures(lens);
  builder.fillTracked(lens, tracked);
  builder.fillTokenP(lens, normed[run.layers() - 1]);
  for (const TokenFact& fact : lens.tokens) lens.texts.try_emplace(fact.id, fact);
  lens.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return lens;
}

}  // namespace patchbay
