#include "app/cli/command.h"
#include "core/analysis/attention.h"
#include "core/analysis/attribution.h"
#include "core/analysis/neurons.h"

namespace patchbay::cli {
namespace {

struct HeadOptions {
  ModelOptions model;
  PromptOptions prompt;
  std::string layers = "all", out;
  AttributionRequest attribution;
  NeuronsRequest neurons;
  bool isLogitAlone = false;
  int continueTokens = 0;
};

/// The four scores of every head, [layers][heads] each.
Json scoresOf(const AttentionResult& attention) {
  const auto table = [&](HeadScore score) {
    Json rows = Json::array();
    for (int layer = 0; layer < static_cast<int>(attention.layers.size()); ++layer) {
      Json row = Json::array();
      for (int head = 0; head < attention.heads(); ++head) row.push_back(headScore(attention, score, layer, head));
      rows.push_back(std::move(row));
    }
    return rows;
  };
  return {{"entropy", table(HeadScore::Entropy)},
          {"sink", table(HeadScore::Sink)},
          {"previous", table(HeadScore::Previous)},
          {"induction", table(HeadScore::Induction)}};
}

Exit attention(const HeadOptions& options) {
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return fail(layers);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto result = runAttention(
      **model, {.model = {}, .prompt = *prompt, .layers = std::move(*layers), .continueTokens = options.continueTokens},
      context());
  if (!result) return fail(result);
  Json report{{"ids", idsOf(result->tokens)}, {"layers", result->layers}, {"heads", scoresOf(*result)}};
  if (options.out.empty()) {
    report["pattern"] = toJson(result->pattern);
    report["value_norms"] = toJson(result->valueNorms);
  } else {
    if (const auto written = writeArrays(options.out, result->toDocument()); !written) return fail(written);
    report["out"] = options.out;
  }
  print(report);
  return Exit::Done;
}

Exit attribution(const HeadOptions& options) {
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  const auto model = options.model.load();
  if (!model) return fail(model);
  AttributionRequest request = options.attribution;
  request.prompt = *prompt;
  request.isDifference = !options.isLogitAlone;
  const auto result = runAttribution(**model, request, context());
  if (!result) return fail(result);
  print({{"ids", idsOf(result->tokens)},
         {"token", result->token},
         {"answer", toJson(result->answer)},
         {"against", request.isDifference ? toJson(result->against) : Json()},
         {"total", result->total},
         {"embedding", result->embedding},
         {"heads", toJson(result->heads)},
         {"mlps", toJson(result->mlps)},
         {"attention_bias", toJson(result->attentionBias)},
         {"head_tokens", toJson(result->headTokens)},
         {"warnings", result->warnings}});
  return Exit::Done;
}

Exit neurons(const HeadOptions& options) {
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  const auto model = options.model.load();
  if (!model) return fail(model);
  NeuronsRequest request = options.neurons;
  request.prompt = *prompt;
  request.continueTokens = options.continueTokens;
  const auto result = runNeurons(**model, request, context());
  if (!result) return fail(result);
  Json list = Json::array();
  for (const NeuronFact& neuron : result->neurons) {
    list.push_back({{"neuron", neuron.neuron},
                    {"value", neuron.value},
                    {"written", neuron.written},
                    {"raised", toJson(neuron.raised)},
                    {"lowered", toJson(neuron.lowered)}});
  }
  print({{"ids", idsOf(result->tokens)},
         {"layer", result->layer},
         {"token", result->token},
         {"mlp_norm", result->mlpNorm},
         {"neurons", list},
         {"activations", toJson(result->activations)}});
  return Exit::Done;
}

}  // namespace

void addHeadVerbs(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<HeadOptions>();
  CLI::App* patterns = app.add_subcommand("attention", "which tokens every head reads from");
  CLI::App* parts = app.add_subcommand("attribution", "what every head and MLP adds to a logit by itself");
  CLI::App* strongest =
      app.add_subcommand("neurons", "the MLP neurons that write most at a token, and the words they push for");
  strongest->add_option("--layer", options->neurons.layer, "negative counts from the end")->capture_default_str();
  strongest->add_option("--token", options->neurons.token, "negative counts from the end")->capture_default_str();
  strongest->add_option("--count", options->neurons.count, "how many neurons")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  strongest->add_option("--words", options->neurons.words, "of each, up and down")
      ->check(CLI::Range(1, 50))
      ->capture_default_str();
  for (CLI::App* verb : {patterns, strongest}) {
    verb->add_option("--continue", options->continueTokens, "greedy tokens to add to the prompt and read too")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
  }
  for (CLI::App* verb : {patterns, parts, strongest}) {
    options->model.addTo(*verb);
    options->prompt.addTo(*verb);
    addJsonFlag(*verb);
  }
  patterns->add_option("--layers", options->layers, "all, or 3-7,9")->capture_default_str();
  patterns->add_option("--out", options->out, "write the patterns to this .npz or .safetensors file")
      ->check(&checkArraysName);
  parts->add_option("--token", options->attribution.token, "where the logit is read; negative counts from the end")
      ->capture_default_str();
  parts->add_option("--answer", options->attribution.answer, "whose logit; absent: what the model says");
  parts->add_option("--against", options->attribution.against, "whose logit is subtracted; absent: the second choice");
  parts->add_flag("--logit", options->isLogitAlone, "the answer's logit alone, nothing subtracted");
  verbs.push_back({strongest, [options] { return neurons(*options); }});
  verbs.push_back({patterns, [options] { return attention(*options); }});
  verbs.push_back({parts, [options] { return attribution(*options); }});
}

}  // namespace patchbay::cli
