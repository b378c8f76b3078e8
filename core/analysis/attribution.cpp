#include "core/analysis/attribution.h"

#include <chrono>

#include "core/analysis/answer_tokens.h"
#include "core/analysis/attention.h"
#include "core/analysis/captured_run.h"
#include "core/model/generator.h"
#include "core/tensor/distribution.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

/// What one block wrote at the token that is read, and where its heads read it from.
struct BlockParts {
  at::Tensor pattern;  // [H, T], shares of the query
  at::Tensor values;   // [T, Hkv, K]
  at::Tensor mlp;      // [D]
};

std::vector<BlockParts> watchBlocks(LanguageModel& model, const std::vector<std::int32_t>& ids, int token,
                                    at::Tensor& embedded, at::Tensor& last, JobContext& context) {
  std::vector<BlockParts> parts(static_cast<std::size_t>(model.card.layers));
  HookPlan watch;
  for (int layer = 0; layer < model.card.layers; ++layer) {
    BlockParts& part = parts[static_cast<std::size_t>(layer)];
    watch.observe(Site::V, layer, [&part](const Observation& seen) { part.values = seen.value[0].clone(); });
    watch.observe(Site::AttnPattern, layer, [&part, token](const Observation& seen) {
      part.pattern = seen.value[0][token].clone();  // [H, T]
    });
    watch.observe(Site::MlpOut, layer,
                  [&part, token](const Observation& seen) { part.mlp = seen.value[0][token].clone(); });
  }
  // What stands behind the token that is read cannot change it.
  KvCache cache = model.transformer->newCache();
  at::Tensor x = model.transformer->embed({ids});
  embedded = x[0][token];
  for (int layer = 0; layer < model.card.layers; ++layer) {
    context.checkpoint();
    x = model.transformer->block(layer, x, 0, cache, watch, context);
    context.progress("Attributing", "layers", layer + 1, model.card.layers);
  }
  last = x[0][token];
  return parts;
}

}  // namespace

Outcome<AttributionResult> runAttribution(LanguageModel& model, const AttributionRequest& request,
                                          JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  auto ids = model.text.encode(request.prompt);
  if (!ids) return ids.failure<AttributionResult>();
  if (const auto fits = checkContext(model, std::ssize(*ids)); !fits) return fits.failure<AttributionResult>();
  if (attentionLayersThatFit(model.card, std::ssize(*ids)) < 1) {
    return Error{
        .code = "ATTR-02",
        .what = "the prompt is too long to attribute",
        .file = {},
        .field = "prompt",
        .found = std::to_string(ids->size()) + " tokens",
        .expected = "attention patterns of at most " + std::to_string(kMostAttentionValues) + " shares a layer",
        .advice = "Shorten the prompt."};
  }
  const auto token = resolveToken(request.token, ids->size(), "token");
  if (!token) return token.failure<AttributionResult>();

  const Transformer& transformer = *model.transformer;
  AttributionResult result;
  result.tokens = model.text.facts(*ids);
  result.token = *token;
  result.isDifference = request.isDifference;
  at::Tensor embedded, last;
  const std::vector<BlockParts> parts = watchBlocks(model, *ids, *token, embedded, last, context);

  const Distribution next(transformer.unembed(transformer.finalNorm(last)));
  const auto pair = chooseAnswers(model, {request.answer, request.against}, next, next, result.warnings);
  if (pair.answer == pair.wrong && request.isDifference) {
    return Error{.code = "ATTR-01",
                 .what = "the answer and the token it is held against are the same",
                 .file = {},
                 .field = "answer, against",
                 .found = "'" + request.answer + "' and '" + request.against + "'",
                 .expected = "two tokens that differ",
                 .advice = "Choose another token, or the logit alone."};
  }
  result.answer = model.text.tokenizer->fact(pair.answer);
  result.against = model.text.tokenizer->fact(pair.wrong);

  // One direction reads every part: the unembedding row (difference), the final norm's weight, and its one scale.
  const std::vector<std::int32_t> rows{pair.answer, pair.wrong};
  const at::Tensor unembedded = transformer.weights().unembedding.rows(rows).to(last.device());  // [2, D]
  const at::Tensor wanted = request.isDifference ? unembedded[0] - unembedded[1] : unembedded[0];
  const at::Tensor stream = last.to(at::kFloat);
  const at::Tensor scale = at::rsqrt(stream.square().mean() + transformer.config().normEps);
  const at::Tensor direction = wanted * transformer.weights().finalNorm.to(at::kFloat) * scale;  // [D]

  std::vector<at::Tensor> headTokens, mlps, biases;
  for (int layer = 0; layer < model.card.layers; ++layer) {
    context.checkpoint();
    const BlockParts& part = parts[static_cast<std::size_t>(layer)];
    const at::Tensor written =
        at::matmul(writtenValues(transformer, layer, part.values).to(at::kFloat), direction);  // [T, H]
    headTokens.push_back(part.pattern.to(at::kFloat) * written.t());                           // [H, T]
    mlps.push_back(at::dot(part.mlp.to(at::kFloat), direction));
    const at::Tensor& bias = transformer.weights().blocks[static_cast<std::size_t>(layer)].output.bias();
    biases.push_back(bias.defined() ? at::dot(bias.to(at::kFloat), direction) : at::zeros({}, direction.options()));
  }
  const at::Tensor perToken = at::stack(headTokens);  // [L, H, T]
  result.headTokens = toHost(perToken, {"layer", "head", "token"}, "nat");
  result.heads = toHost(perToken.sum(-1), {"layer", "head"}, "nat");
  result.mlps = toHost(at::stack(mlps), {"layer"}, "nat");
  result.attentionBias = toHost(at::stack(biases), {"layer"}, "nat");
  result.embedding = at::dot(embedded.to(at::kFloat), direction).item<float>();
  result.total = next.logit(pair.answer) - (request.isDifference ? next.logit(pair.wrong) : 0.0F);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
