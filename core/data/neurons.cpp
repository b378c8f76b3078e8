#include "core/data/neurons.h"

namespace patchbay {
namespace {

constexpr const char* kActivations = "activations";
constexpr int kMostLayers = 10000;

}  // namespace

ResultDocument NeuronsResult::toDocument() const {
  return {.body = {{"tokens", tokens},
                   {"layer", layer},
                   {"token", token},
                   {"neurons", neurons},
                   {"mlp_norm", mlpNorm},
                   {"grown", grown},
                   {"seconds", seconds}},
          .arrays = {{kActivations, activations}}};
}

Outcome<NeuronsResult> NeuronsResult::fromDocument(const ResultDocument& document) {
  NeuronsResult result;
  try {
    const Json& body = document.body;
    body.at("tokens").get_to(result.tokens);
    body.at("layer").get_to(result.layer);
    body.at("token").get_to(result.token);
    body.at("neurons").get_to(result.neurons);
    body.at("mlp_norm").get_to(result.mlpNorm);
    result.grown = body.value("grown", 0);
    body.at("seconds").get_to(result.seconds);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  if (result.layer < 0 || result.layer >= kMostLayers) return damagedResult("layer");
  if (result.token < 0 || result.token >= std::ssize(result.tokens)) return damagedResult("token");
  if (result.grown < 0 || result.grown > std::ssize(result.tokens)) return damagedResult("grown");
  const auto found = document.arrays.find(kActivations);
  if (result.neurons.empty() || found == document.arrays.end() ||
      found->second.shape() != std::vector<std::int64_t>{std::ssize(result.neurons), std::ssize(result.tokens)})
    return damagedResult(kActivations);
  result.activations = found->second;
  return result;
}

}  // namespace patchbay
