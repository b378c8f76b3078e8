#include "core/data/attention.h"

#include <cmath>
#include <limits>

namespace patchbay {
namespace {

constexpr const char *kPattern = "pattern", *kValueNorms = "value_norms";

/// Share of the keys that `isWanted(query, key)` names, mean over the queries that have such a key; NaN without any.
template <typename Wanted>
float meanShare(const AttentionResult& attention, int layerIndex, int head, Wanted isWanted) {
  double sum = 0;
  int queries = 0;
  for (int query = 1; query < attention.tokenCount(); ++query) {
    const auto shares = attention.shares(layerIndex, head, query);
    bool isAny = false;
    for (int key = 0; key <= query; ++key) {
      if (!isWanted(query, key)) continue;
      isAny = true;
      sum += static_cast<double>(shares[static_cast<std::size_t>(key)]);
    }
    if (isAny) ++queries;
  }
  return queries == 0 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(sum / queries);
}

float meanEntropyBits(const AttentionResult& attention, int layerIndex, int head) {
  double sum = 0;
  for (int query = 1; query < attention.tokenCount(); ++query)
    for (const float share : attention.shares(layerIndex, head, query))
      if (share > 0) sum -= static_cast<double>(share) * std::log2(static_cast<double>(share));
  return attention.tokenCount() < 2 ? 0 : static_cast<float>(sum / (attention.tokenCount() - 1));
}

}  // namespace

std::span<const float> AttentionResult::shares(int layerIndex, int head, int query) const {
  const auto width = static_cast<std::size_t>(tokenCount());
  return pattern.row(layerIndex, head).subspan(static_cast<std::size_t>(query) * width, width);
}

float AttentionResult::weighted(int layerIndex, int head, int query, int key) const {
  return shares(layerIndex, head, query)[static_cast<std::size_t>(key)] * valueNorms.at(layerIndex, head, key);
}

float headScore(const AttentionResult& attention, HeadScore score, int layerIndex, int head) {
  const std::vector<TokenFact>& tokens = attention.tokens;
  switch (score) {
    case HeadScore::Entropy: return meanEntropyBits(attention, layerIndex, head);
    case HeadScore::Sink: return meanShare(attention, layerIndex, head, [](int, int key) { return key == 0; });
    case HeadScore::Previous:
      return meanShare(attention, layerIndex, head, [](int query, int key) { return key == query - 1; });
    case HeadScore::Induction:
      return meanShare(attention, layerIndex, head, [&](int query, int key) {
        return key > 0 && key < query &&
               tokens[static_cast<std::size_t>(key) - 1].id == tokens[static_cast<std::size_t>(query)].id;
      });
  }
  return 0;
}

ResultDocument AttentionResult::toDocument() const {
  return {.body = {{"tokens", tokens}, {"layers", layers}, {"grown", grown}, {"seconds", seconds}},
          .arrays = {{kPattern, pattern}, {kValueNorms, valueNorms}}};
}

Outcome<AttentionResult> AttentionResult::fromDocument(const ResultDocument& document) {
  AttentionResult attention;
  try {
    document.body.at("tokens").get_to(attention.tokens);
    document.body.at("layers").get_to(attention.layers);
    attention.grown = document.body.value("grown", 0);
    document.body.at("seconds").get_to(attention.seconds);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  for (const int layer : attention.layers)
    if (layer < 0) return damagedResult("layers");
  if (attention.grown < 0 || attention.grown > std::ssize(attention.tokens)) return damagedResult("grown");
  const auto pattern = document.arrays.find(kPattern), norms = document.arrays.find(kValueNorms);
  if (pattern == document.arrays.end()) return damagedResult(kPattern);
  if (norms == document.arrays.end()) return damagedResult(kValueNorms);
  const std::int64_t layers = std::ssize(attention.layers), tokens = std::ssize(attention.tokens),
                     heads = pattern->second.extent(1);
  if (layers == 0 || tokens == 0 || heads == 0 || pattern->second.size() > kMostAttentionValues ||
      pattern->second.shape() != std::vector<std::int64_t>{layers, heads, tokens, tokens})
    return damagedResult(kPattern);
  if (norms->second.shape() != std::vector<std::int64_t>{layers, heads, tokens}) return damagedResult(kValueNorms);
  attention.pattern = pattern->second;
  attention.valueNorms = norms->second;
  return attention;
}

}  // namespace patchbay
