#include "core/analysis/lens_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

/// Rows scanned together: bounds the tile of logits to 16 MB and the time between two polls for Stop, whatever the
/// prompt's length.
constexpr std::int64_t kRowsAtOnce = 1024;
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

/// Logits of the tokens that follow, [t]; infinity where none is known, which no logit exceeds.
at::Tensor followingLogits(const Linear& unembedding, const at::Tensor& normed, std::span<const std::int32_t> ids) {
  std::vector<std::int32_t> known(ids.begin(), ids.end());
  for (std::int32_t& id : known) id = std::max(id, 0);
  at::Tensor logits = (normed * unembedding.rows(known).to(normed.device())).sum(-1).to(at::kCPU);
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0) logits[static_cast<std::int64_t>(i)] = std::numeric_limits<float>::infinity();
  return logits;
}

std::vector<float> valuesOf(const at::Tensor& tensor) {
  const at::Tensor host = tensor.to(at::kCPU, at::kFloat).contiguous();
  return {host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel()};
}

}  // namespace

LensReader::LensReader(const LanguageModel& model, const LensWish& wish, JobContext& context)
    : m_model(model), m_wish(wish), m_context(context) {}

std::int64_t LensReader::columnsAtOnce(std::int64_t layers) const {
  return std::max<std::int64_t>(1, kRowsAtOnce / (layers + 1));
}

void LensReader::add(const at::Tensor& states, const at::Tensor& own, std::span<const std::int32_t> following,
                     bool isOwnLast) {
  const Transformer& transformer = *m_model.transformer;
  const Linear& unembedding = transformer.weights().unembedding;
  // Divergence is taken against the model's own answer, which is the last row of the scan.
  const at::Tensor read = isOwnLast ? states : at::cat({states, own.unsqueeze(0)});
  const std::int64_t layers = read.size(0), count = read.size(1);
  const at::Tensor normed = transformer.finalNorm(read).to(at::kFloat);  // [L, t, D]
  const Linear::Input input = unembedding.prepare(normed.flatten(0, 1));
  const at::Tensor after = followingLogits(unembedding, normed[layers - 1], following);
  const at::Tensor tracked = at::mm(unembedding.rows(m_wish.tracked).to(normed.device()), input.x.t());  // [N, L t]
  Part part;
  part.first = m_columns;
  part.count = count;
  part.layers = states.size(0);
  part.rows =
      scanLens({.rows = layers * count,
                .tokens = count,
                .vocabulary = unembedding.outputs(),
                .multiply = [&](std::int64_t id, at::Tensor& out) { unembedding.multiplyRange(input, id, out); },
                .topK = m_wish.topK,
                .trackedLogits = tracked.to(at::kCPU),
                .followingLogits = after,
                .checkpoint = [this] { m_context.checkpoint(); }});
  const at::Tensor wide = states.to(at::kFloat), last = own.to(at::kFloat), norms = wide.norm(2, {-1});
  part.norms = valuesOf(norms);
  part.cosines = valuesOf((wide * last).sum(-1) / (norms * last.norm(2, {-1})).clamp_min(1e-20));
  part.following = valuesOf(after);
  m_parts.push_back(std::move(part));
  m_columns += count;
}

void LensReader::fill(LensResult& lens) const {
  lens.layers = m_parts.empty() ? 0 : static_cast<int>(m_parts.front().layers);
  fillTop(lens);
  fillMeasures(lens);
  fillTracked(lens);
  fillTokens(lens);
  for (const TokenFact& fact : lens.tokens) lens.texts.try_emplace(fact.id, fact);
}

void LensReader::eachRow(const LensResult& lens,
                         const std::function<void(const Part&, std::size_t, std::size_t)>& take) const {
  const auto tokens = static_cast<std::int64_t>(lens.tokens.size());
  for (const Part& part : m_parts)
    for (std::int64_t layer = 0; layer < part.layers; ++layer)
      for (std::int64_t column = 0; column < part.count && part.first + column < tokens; ++column)
        take(part, static_cast<std::size_t>(layer * part.count + column),
             static_cast<std::size_t>(layer * tokens + part.first + column));
}

namespace {

float probability(float logit, double logSumExp) {
  return static_cast<float>(std::exp(static_cast<double>(logit) - logSumExp));
}

}  // namespace

void LensReader::fillTop(LensResult& lens) const {
  const auto k = static_cast<std::size_t>(m_wish.topK);
  const std::size_t rows = lens.tokens.size() * static_cast<std::size_t>(lens.layers);
  std::vector<float> ids(rows * k, -1), p(rows * k, kUnknown), logits(rows * k, kUnknown);
  eachRow(lens, [&](const Part& part, std::size_t row, std::size_t place) {
    for (std::size_t rank = 0; rank < k; ++rank) {
      const std::int32_t id = part.rows.topIds[row * k + rank];
      const float logit = part.rows.topLogits[row * k + rank];
      ids[place * k + rank] = static_cast<float>(id);
      logits[place * k + rank] = logit;
      p[place * k + rank] = probability(logit, part.rows.logSumExp[row]);
      if (!lens.texts.contains(id)) lens.texts.emplace(id, m_model.text.tokenizer->fact(id));
    }
  });
  const std::vector<std::int64_t> shape = {lens.layers, std::ssize(lens.tokens), m_wish.topK};
  const std::vector<std::string> axes = {"layer", "token", "rank"};
  lens.topIds = HostArray(shape, axes, "token id", std::move(ids));
  lens.topP = HostArray(shape, axes, "probability", std::move(p));
  lens.topLogits = HostArray(shape, axes, "nat", std::move(logits));
}

void LensReader::fillMeasures(LensResult& lens) const {
  const std::size_t rows = lens.tokens.size() * static_cast<std::size_t>(lens.layers);
  std::vector<float> entropy(rows, kUnknown), kl = entropy, norm = entropy, cosine = entropy;
  eachRow(lens, [&](const Part& part, std::size_t row, std::size_t place) {
    entropy[place] = part.rows.entropyBits[row];
    kl[place] = part.rows.klBits[row];
    norm[place] = part.norms[row];
    cosine[place] = part.cosines[row];
  });
  const auto grid = [&](const char* unit, std::vector<float>& values) {
    return HostArray({lens.layers, std::ssize(lens.tokens)}, {"layer", "token"}, unit, std::move(values));
  };
  lens.entropyBits = grid("bit", entropy);
  lens.klToFinalBits = grid("bit", kl);
  lens.norm = grid("residual units", norm);
  lens.cosToFinal = grid("", cosine);
}

void LensReader::fillTracked(LensResult& lens) const {
  lens.trackedIds = m_wish.tracked;
  const std::size_t tracked = m_wish.tracked.size(), rows = lens.tokens.size() * static_cast<std::size_t>(lens.layers);
  std::vector<float> p(tracked * rows, kUnknown), rank = p;
  eachRow(lens, [&](const Part& part, std::size_t row, std::size_t place) {
    const std::size_t partRows = part.rows.logSumExp.size();
    for (std::size_t n = 0; n < tracked; ++n) {
      p[n * rows + place] = probability(part.rows.trackedLogits[n * partRows + row], part.rows.logSumExp[row]);
      rank[n * rows + place] = part.rows.trackedRank[n * partRows + row];
    }
  });
  for (const std::int32_t id : m_wish.tracked) lens.texts.try_emplace(id, m_model.text.tokenizer->fact(id));
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(tracked), lens.layers, std::ssize(lens.tokens)};
  lens.trackedP = HostArray(shape, {"tracked", "layer", "token"}, "probability", std::move(p));
  lens.trackedRank = HostArray(shape, {"tracked", "layer", "token"}, "rank", std::move(rank));
}

/// Each token of the text under the model's own distribution one token earlier.
void LensReader::fillTokens(LensResult& lens) const {
  std::vector<float> p(lens.tokens.size(), kUnknown), rank = p, entropy = p;
  for (const Part& part : m_parts) {
    for (std::int64_t column = 0; column < part.count; ++column) {
      const auto token = static_cast<std::size_t>(part.first + column + 1 + m_wish.ahead);
      const auto from = static_cast<std::size_t>(column);
      if (token >= p.size() || std::isinf(part.following[from])) continue;
      const std::size_t row = part.rows.logSumExp.size() - static_cast<std::size_t>(part.count) + from;
      p[token] = probability(part.following[from], part.rows.logSumExp[row]);
      rank[token] = part.rows.followingRank[from];
      entropy[token] = part.rows.entropyBits[row];
    }
  }
  const std::vector<std::int64_t> shape = {std::ssize(lens.tokens)};
  lens.tokenP = HostArray(shape, {"token"}, "probability", std::move(p));
  lens.tokenRank = HostArray(shape, {"token"}, "rank", std::move(rank));
  lens.tokenEntropyBits = HostArray(shape, {"token"}, "bit", std::move(entropy));
}

}  // namespace patchbay
