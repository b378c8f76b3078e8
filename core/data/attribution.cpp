#include "core/data/attribution.h"

#include <numeric>

#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr std::int64_t kMostLayers = 10000;

constexpr NamedArray<AttributionResult> kArrays[] = {{"heads", &AttributionResult::heads},
                                                     {"mlps", &AttributionResult::mlps},
                                                     {"attention_bias", &AttributionResult::attentionBias},
                                                     {"head_tokens", &AttributionResult::headTokens}};

std::string misfit(const AttributionResult& result) {
  const std::int64_t layers = result.heads.extent(0), heads = result.heads.extent(1),
                     tokens = std::ssize(result.tokens);
  const auto is = [](const HostArray& array, std::vector<std::int64_t> shape) { return array.shape() == shape; };
  if (tokens < 1) return "tokens";
  if (result.token < 0 || result.token >= tokens) return "token";
  if (layers < 1 || layers > kMostLayers || heads < 1 || !is(result.heads, {layers, heads})) return "heads";
  if (!is(result.mlps, {layers})) return "mlps";
  if (!is(result.attentionBias, {layers})) return "attention_bias";
  if (!is(result.headTokens, {layers, heads, tokens})) return "head_tokens";
  return {};
}

}  // namespace

float AttributionResult::attention(int layer) const {
  const auto row = heads.row(layer);
  return std::accumulate(row.begin(), row.end(), attentionBias.at(layer));
}

float AttributionResult::upTo(int layer) const {
  float sum = embedding;
  for (int below = 0; below <= layer; ++below) sum += attention(below) + mlps.at(below);
  return sum;
}

ResultDocument AttributionResult::toDocument() const {
  return {.body = {{"tokens", tokens},
                   {"token", token},
                   {"answer", answer},
                   {"against", against},
                   {"difference", isDifference},
                   {"embedding", embedding},
                   {"total", total},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<AttributionResult> AttributionResult::fromDocument(const ResultDocument& document) {
  return resultFrom<AttributionResult>(document, kArrays, &misfit, [](const Json& body, AttributionResult& result) {
    body.at("tokens").get_to(result.tokens);
    body.at("token").get_to(result.token);
    body.at("answer").get_to(result.answer);
    body.at("against").get_to(result.against);
    body.at("difference").get_to(result.isDifference);
    body.at("embedding").get_to(result.embedding);
    body.at("total").get_to(result.total);
    body.at("warnings").get_to(result.warnings);
    body.at("seconds").get_to(result.seconds);
  });
}

}  // namespace patchbay
