#include "app/cli/command.h"
#include "core/model/generator.h"
#include "core/model/steering_edits.h"
#include "core/steering/vector_file.h"

namespace patchbay::cli {
namespace {

struct GenerateOptions {
  ModelOptions model;
  OutputOptions output;
  PromptOptions prompt;
  Sampling sampling;
  std::vector<std::string> steer;
  std::string steerTokens = "all";
  bool keepNorm = false;
};

Outcome<Done> addSteerings(HookPlan& plan, const LanguageModel& model, const GenerateOptions& options,
                           std::int64_t promptLength) {
  for (const std::string& text : options.steer) {
    auto argument = parseSteer(text, model.card.layers);
    if (!argument) return argument.failure<Done>();
    const auto vector = readVector(argument->file);
    if (!vector) return vector.failure<Done>();
    argument->setting.tokens = Json(options.steerTokens).get<SteerTokens>();
    argument->setting.keepNorm = options.keepNorm;
    if (auto added = addSteering(plan, model, *vector, argument->setting, promptLength); !added) return added;
  }
  return Done{};
}

Exit generateText(const GenerateOptions& options) {
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto ids = (*model)->text.encode(*prompt);
  if (!ids) return fail(ids);
  HookPlan plan;
  const at::InferenceMode inference;
  if (const auto added = addSteerings(plan, **model, options, static_cast<std::int64_t>(ids->size())); !added)
    return fail(added);
  std::size_t printed = 0;
  const auto stream = [&](const Generation& soFar) {
    for (; printed < soFar.tokens.size(); ++printed) print(toJson(soFar.tokens[printed].token));
  };
  const auto made = generate(**model, *ids, options.sampling, plan, context(),
                             options.output.lines ? GenerationSink(stream) : GenerationSink());
  if (!made) return fail(made);
  if (options.output.lines) return Exit::Done;
  Json newIds = Json::array(), tokens = Json::array();
  for (const GeneratedToken& token : made->generation.tokens) {
    newIds.push_back(token.token.id);
    Json json = toJson(token.token);
    json["p"] = token.p;
    tokens.push_back(std::move(json));
  }
  print({{"prompt_ids", *ids},
         {"ids", newIds},
         {"text", made->generation.text},
         {"tokens", tokens},
         {"ended", made->generation.endedItself}});
  return Exit::Done;
}

}  // namespace

void addGenerate(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = app.add_subcommand("generate", "continue a prompt, plain or steered");
  options->model.addTo(*verb);
  options->output.addTo(*verb);
  options->prompt.addTo(*verb);
  Sampling& sampling = options->sampling;
  verb->add_option("--max-new-tokens", sampling.maxNewTokens, "tokens to generate")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--temperature", sampling.temperature, "0 is greedy")
      ->check(CLI::Range(0.0F, 100.0F))
      ->capture_default_str();
  verb->add_option("--top-k", sampling.topK, "keep the k likeliest; 0: all")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  verb->add_option("--top-p", sampling.topP, "keep the likeliest tokens of this mass")
      ->check(CLI::Range(0.0F, 1.0F))
      ->capture_default_str();
  verb->add_option("--seed", sampling.seed, "seed of sampling")->capture_default_str();
  verb->add_flag("--ignore-end{false}", sampling.stopAtEndToken, "go on after an end token");
  verb->add_option("--steer", options->steer, "FILE@LAYERS:STRENGTH, may be given several times");
  verb->add_option("--steer-tokens", options->steerTokens, "which tokens")
      ->check(CLI::IsMember({"all", "prompt", "generated", "last"}))
      ->capture_default_str();
  verb->add_flag("--keep-norm", options->keepNorm, "scale back to the norm before steering");
  verbs.push_back({verb, [options] { return generateText(*options); }});
}

}  // namespace patchbay::cli
