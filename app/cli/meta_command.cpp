#include <iostream>

#include "app/cli/command.h"
#include "core/analysis/captured_run.h"
#include "core/data/meta_task.h"
#include "core/decoder/meta_model.h"

namespace patchbay::cli {
namespace {

struct MetaOptions {
  ModelOptions model;
  MetaModelRequest request;
  std::string reader, layers, out;
  std::vector<std::string> mixes, texts, questions;
  bool hasAllMixes = false, isListing = false;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(",+", begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Exit listTasks() {
  Json tasks = Json::array();
  for (const MetaTask& task : builtinMetaTasks())
    tasks.push_back({{"id", task.id},
                     {"title", task.title},
                     {"learned", task.items.size()},
                     {"held_out", task.heldOutItems.size()},
                     {"caveat", task.caveat}});
  print({{"tasks", tasks}});
  return Exit::Done;
}

Json cellOf(const MetaModelResult& result, int mix, int test) {
  Json cell{{"test", result.tests[static_cast<std::size_t>(test)]}};
  constexpr std::pair<const char*, MetaArm> kArms[] = {
      {"own", MetaArm::Own}, {"shuffled", MetaArm::Shuffled}, {"nonsense", MetaArm::Nonsense}};
  for (const auto& [name, arm] : kArms) {
    const auto [low, high] = result.interval(mix, arm, test);
    cell[name] = {{"balanced", result.balanced(mix, arm, test)},
                  {"low", low},
                  {"high", high},
                  {"neither", result.neitherShare(mix, arm, test)}};
  }
  return cell;
}

Exit meta(const MetaOptions& options) {
  if (options.isListing) return listTasks();
  MetaModelRequest request = options.request;
  for (const std::string& mix : options.mixes) request.mixes.push_back(split(mix));
  if (options.hasAllMixes) request.mixes = everyMetaMix();
  if (options.texts.size() != options.questions.size()) {
    std::cerr << "patchbay-cli: each --text needs a --question\n";
    return Exit::Usage;
  }
  for (std::size_t i = 0; i < options.texts.size(); ++i)
    request.own.push_back({.text = options.texts[i], .question = options.questions[i]});
  const auto model = options.model.load();
  if (!model) return fail(model);
  auto reader = model;
  if (!options.reader.empty()) {
    reader = options.model.loadOther(options.reader);
    if (!reader) return fail(reader);
    request.reader = (*reader)->card.ref;
  }
  request.model = (*model)->card.ref;
  if (!options.layers.empty()) {
    const auto named = parseIndices(options.layers, "--layers");
    if (!named) return fail(named);
    auto layers = resolveLayers(*named, (*model)->card.layers, "--layers");
    if (!layers) return fail(layers);
    request.layers = std::move(*layers);
  }
  const auto result = runMetaModel(**model, **reader, request, context());
  if (!result) return fail(result);
  if (!options.out.empty())
    if (const auto written = writeArrays(options.out, result->toDocument()); !written) return fail(written);
  Json mixes = Json::array(), probes = Json::array();
  for (int mix = 0; mix < static_cast<int>(result->mixes.size()); ++mix) {
    Json tests = Json::array();
    for (int test = 0; test < static_cast<int>(result->tests.size()); ++test)
      tests.push_back(cellOf(*result, mix, test));
    Json own = Json::array();
    for (int i = 0; i < static_cast<int>(result->own.size()); ++i)
      own.push_back({{"question", result->own[static_cast<std::size_t>(i)].question},
                     {"yes", MetaModelResult::overTrainings(result->ownYes, mix, i)},
                     {"mass", MetaModelResult::overTrainings(result->ownMass, mix, i)}});
    mixes.push_back({{"mix", result->mixes[static_cast<std::size_t>(mix)]}, {"tests", tests}, {"own", own}});
  }
  for (int test = 0; test < static_cast<int>(result->tests.size()); ++test)
    probes.push_back({{"test", result->tests[static_cast<std::size_t>(test)]},
                      {"logistic", result->balanced(MetaProbe::Logistic, test)},
                      {"whitened", result->balanced(MetaProbe::Whitened, test)}});
  print({{"layers", result->layers},
         {"mixes", mixes},
         {"probes", probes},
         {"warnings", result->warnings},
         {"seconds", result->seconds}});
  return Exit::Done;
}

}  // namespace

void addMeta(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<MetaOptions>();
  MetaModelRequest& request = options->request;
  CLI::App* verb = app.add_subcommand(
      "meta", "train models that are asked, yes or no, about another's states, and ask them about every test");
  options->model.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_flag("--tasks", options->isListing, "print the tasks that come with the program");
  verb->add_option("--reader", options->reader, "the meta-model before it is trained; the model itself");
  verb->add_option("--layers", options->layers, "whose states are handed over together; five, evenly");
  verb->add_option("--mix", options->mixes, "tasks that are learned together, as in language,topic; may be repeated");
  verb->add_flag("--all-mixes", options->hasAllMixes, "every mix of the tasks that are learned")->excludes("--mix");
  verb->add_option("--tests", request.tests, "tasks that are asked about; all")->delimiter(',');
  verb->add_option("--text", options->texts, "a text of your own, for --question");
  verb->add_option("--question", options->questions, "asked about the model that has read --text");
  verb->add_option("--steps", request.steps, "of each training")->check(CLI::Range(1, 1000000))->capture_default_str();
  verb->add_option("--batch", request.batch, "questions a step")->check(CLI::Range(1, 4096))->capture_default_str();
  verb->add_option("--learning-rate", request.learningRate, "its height")->capture_default_str();
  verb->add_option("--repeats", request.repeats, "trainings of each mix, with other seeds")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  verb->add_option("--items", request.items, "questions of each test")
      ->check(CLI::Range(1, 2000))
      ->capture_default_str();
  verb->add_option("--seed", request.seed, "of everything drawn")->capture_default_str();
  verb->add_option("--out", options->out, "write every answer to this file of arrays")->check(checkArraysName);
  verbs.push_back({verb, [options] { return meta(*options); }});
}

}  // namespace patchbay::cli
