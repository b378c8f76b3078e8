#include <iostream>

#include "app/cli/command.h"
#include "core/analysis/soft_prompt_trainer.h"

namespace patchbay::cli {
namespace {

constexpr std::size_t kEvery = 10;

struct LearnOptions {
  ModelOptions model;
  LearnPromptRequest request;
  std::string layers = "all", textFile, out;
};

Exit learn(LearnOptions& options) {
  LearnPromptRequest& request = options.request;
  auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return fail(layers);
  request.layers = std::move(*layers);
  if (const auto added = addLines(options.textFile, request.texts); !added) return fail(added);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto report = [](const SoftPrompt& soFar) {
    if (soFar.losses.size() % kEvery != 1) return;
    std::cerr << "step " << soFar.losses.size() - 1 << "  KL " << soFar.losses.back() << " bits a token\n";
  };
  const auto learned = runLearnPrompt(**model, request, context(), report);
  if (!learned) return fail(learned);
  if (const auto written = writeSoftPrompt(options.out, *learned); !written) return fail(written);
  Json means = Json::object();
  for (const auto& [arm, name] : {std::pair{SoftPrompt::Learned, "learned"}, std::pair{SoftPrompt::Text, "text"},
                                  std::pair{SoftPrompt::OtherState, "other_state"}}) {
    Json row = Json::array();
    for (int ahead = 0; ahead <= learned->ahead(); ++ahead) row.push_back(learned->meanRight(arm, ahead));
    means[name] = std::move(row);
  }
  print({{"out", options.out},
         {"name", learned->name},
         {"layers", learned->layers},
         {"losses", learned->losses},
         {"right", toJson(learned->right)},
         {"mean_right", means},
         {"held_out_states", learned->heldOutStates},
         {"warnings", learned->warnings},
         {"seconds", learned->seconds}});
  return Exit::Done;
}

}  // namespace

void addPrompt(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<LearnOptions>();
  LearnPromptRequest& request = options->request;
  CLI::App* verb = app.add_subcommand("prompt", "learned prompts of the future lens")
                       ->require_subcommand(1)
                       ->add_subcommand("learn", "learn one on the states of texts");
  options->model.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_option("--text", request.text, "text whose tokens it begins as")->capture_default_str();
  verb->add_option("--ahead", request.ahead, "tokens behind the next one")
      ->check(CLI::Range(1, LearnPromptRequest::kMostAhead))
      ->capture_default_str();
  verb->add_option("--steps", request.steps, "steps in all")
      ->check(CLI::Range(1, LearnPromptRequest::kMostSteps))
      ->capture_default_str();
  verb->add_option("--batch", request.batch, "states a step")
      ->check(CLI::Range(1, LearnPromptRequest::kMostBatch))
      ->capture_default_str();
  verb->add_option("--learning-rate", request.learningRate, "its height")->capture_default_str();
  verb->add_option("--layers", options->layers, "layers whose states are read")->capture_default_str();
  verb->add_option("--text-file", options->textFile, "one text a line; absent: the texts that come with the program");
  verb->add_option("--seed", request.seed, "of everything drawn")->capture_default_str();
  verb->add_option("--name", request.name, "name of the prompt");
  verb->add_option("--out", options->out, "X.safetensors")->required();
  verbs.push_back({verb, [options] { return learn(*options); }});
}

}  // namespace patchbay::cli
