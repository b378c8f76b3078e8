#include "app/cli/command.h"
#include "core/analysis/map_file.h"
#include "core/analysis/map_fit.h"

namespace patchbay::cli {
namespace {

struct MapOptions {
  ModelOptions model;
  FitMapRequest request;
  std::string targetModel, pairs = "last", method = "least-squares", layers = "all", targetLayers = "all", textFile,
                           out;
};

Exit fit(MapOptions& options) {
  FitMapRequest& request = options.request;
  request.pairs = Json(options.pairs).get<MapPairs>();
  request.method = Json(options.method).get<MapMethod>();
  auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return fail(layers);
  request.layers = std::move(*layers);
  auto targets = parseIndices(options.targetLayers, "--target-layers");
  if (!targets) return fail(targets);
  request.targetLayers = std::move(*targets);
  if (const auto added = addLines(options.textFile, request.texts); !added) return fail(added);
  const auto model = options.model.load();
  if (!model) return fail(model);
  auto target = model;
  if (!options.targetModel.empty()) target = options.model.loadOther(options.targetModel);
  if (!target) return fail(target);
  const auto map = runFitMap(**model, **target, request, context());
  if (!map) return fail(map);
  if (const auto written = writeMap(options.out, *map); !written) return fail(written);
  print({{"out", options.out},
         {"name", map->name},
         {"method", map->method},
         {"source_layers", map->sourceLayers},
         {"target_layers", map->targetLayers},
         {"train_r2", map->trainR2},
         {"held_out_r2", map->heldOutR2},
         {"samples", map->samples},
         {"held_out_samples", map->heldOutSamples},
         {"warnings", map->warnings},
         {"seconds", map->seconds}});
  return Exit::Done;
}

}  // namespace

void addMap(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<MapOptions>();
  CLI::App* verb = app.add_subcommand("map", "affine maps between residual streams")
                       ->require_subcommand(1)
                       ->add_subcommand("fit", "fit maps on the states of texts");
  options->model.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_option("--target-model", options->targetModel, "another model to map into");
  verb->add_option("--pairs", options->pairs, "last (a tuned lens), same-depth, all-pairs")
      ->check(CLI::IsMember({"last", "same-depth", "all-pairs"}))
      ->capture_default_str();
  verb->add_option("--method", options->method, "least-squares, or kl for a tuned lens")
      ->check(CLI::IsMember({"least-squares", "kl"}))
      ->capture_default_str();
  verb->add_option("--steps", options->request.steps, "of kl")->check(CLI::Range(1, 100000))->capture_default_str();
  verb->add_option("--layers", options->layers, "source layers")->capture_default_str();
  verb->add_option("--target-layers", options->targetLayers, "target layers of all-pairs")->capture_default_str();
  verb->add_option("--text-file", options->textFile, "one text a line; absent: the texts that come with the program");
  verb->add_option("--name", options->request.name, "name of the map");
  verb->add_option("--out", options->out, "X.safetensors")->required();
  verbs.push_back({verb, [options] { return fit(*options); }});
}

}  // namespace patchbay::cli
