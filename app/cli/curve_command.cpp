#include <iostream>
#include <tuple>

#include "app/cli/question_options.h"
#include "core/decoder/learning_curve.h"

namespace patchbay::cli {
namespace {

struct CurveOptions {
  ModelOptions model;
  QuestionOptions questions;
  LearningCurveRequest request;
  std::string layers, readLayers;
};

Json toJson(const LearningCurveResult& result) {
  Json points = Json::array(), gains = Json::array();
  for (const CurvePoint& point : result.points)
    points.push_back({{"questions", point.examples},
                      {"rank", point.key.rank},
                      {"layers", result.layersOf(point.key)},
                      {"seed", point.seed},
                      {"choice", cli::toJson(point.choice)},
                      {"shuffled_choice", cli::toJson(point.shuffledChoice)},
                      {"loss", point.loss},
                      {"shuffled_loss", point.shuffledLoss},
                      {"seconds", point.seconds}});
  for (const CurveKey& key : result.keys())
    if (const auto gain = result.gainOfDoubling(key))
      gains.push_back({{"rank", key.rank}, {"layers", result.layersOf(key)}, {"gain_of_doubling", *gain}});
  return {{"points", points},
          {"gains", gains},
          {"chance", result.chance},
          {"warnings", result.warnings},
          {"seconds", result.seconds}};
}

Exit curve(const CurveOptions& options) {
  LearningCurveRequest request = options.request;
  const auto model = options.model.load();
  if (!model) return fail(model);
  const std::tuple<const std::string*, const char*, std::vector<int>*> lists[] = {
      {&options.layers, "--layers", &request.layers},
      {&options.readLayers, "--read-layers", &request.recipe.readLayers}};
  for (const auto& [text, name, values] : lists) {
    if (text->empty()) continue;
    auto numbers = parseIndices(*text, name);
    if (!numbers) return fail(numbers);
    *values = *numbers;
    // "all" are all that the model has.
    for (int layer = 0; numbers->empty() && layer < (*model)->card.layers; ++layer) values->push_back(layer);
  }
  request.model = (*model)->card.ref;
  const auto data = options.questions.read();
  if (!data) return fail(data);
  request.data = options.questions.path;
  request.withBuiltin = options.questions.withBuiltin;
  const auto report = [](const LearningCurveResult& soFar) {
    const CurvePoint& point = soFar.points.back();
    std::cerr << point.examples << " questions, rank " << point.key.rank;
    if (point.key.layer >= 0) std::cerr << ", layer " << point.key.layer;
    std::cerr << "  right " << point.choice.share() << "  with other states " << point.shuffledChoice.share()
              << "  loss " << point.loss << "\n";
  };
  const auto result = runLearningCurve(**model, *data, request, context(), report);
  if (!result) return fail(result);
  print(toJson(*result));
  return Exit::Done;
}

}  // namespace

void addCurveVerb(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<CurveOptions>();
  LearningCurveRequest& request = options->request;
  CLI::App* verb = decoder.add_subcommand(
      "curve", "train decoders on more and more questions, of several ranks and layers, and ask all the same");
  options->model.addTo(*verb);
  options->questions.addTo(*verb);
  verb->add_option("--examples", request.examples, "questions that are learned from; one decoder for each number")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--ranks", request.ranks, "ranks of the LoRA, as in 8,32; the recipe's")->delimiter(',');
  verb->add_option("--layers", options->layers,
                   "layers that are read, a decoder for each; all of --read-layers together");
  verb->add_option("--read-layers", options->readLayers, "layers whose states are read; the middle third");
  verb->add_option("--items", request.items, "held-out questions that each decoder is asked")->capture_default_str();
  verb->add_option("--repeats", request.repeats, "trainings of each, with other seeds")->capture_default_str();
  verb->add_option("--batch", request.recipe.training.batch, "questions a step")->capture_default_str();
  verb->add_option("--learning-rate", request.recipe.training.schedule.learningRate, "its height")
      ->capture_default_str();
  verb->add_option("--seed", request.recipe.training.seed, "of everything drawn")->capture_default_str();
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] { return curve(*options); }});
}

}  // namespace patchbay::cli
