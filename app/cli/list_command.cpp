#include "app/cli/command.h"
#include "core/analysis/patchscope_list.h"
#include "core/data/builtin_texts.h"

namespace patchbay::cli {
namespace {

struct ListOptions {
  ModelOptions model;
  PatchscopeListRequest request;
  std::string list = "country-capital", layers = "all", map, targetModel;
  bool keepsUnknown = false, isListing = false;
};

Outcome<FactList> listNamed(const std::string& name) {
  if (const FactList* known = builtinList(name)) return *known;
  const auto text = readTextFile(name);
  if (!text) {
    std::string names;
    for (const FactList& known : builtinLists()) names += (names.empty() ? "" : ", ") + known.id;
    Error error = text.error();
    error.expected = "a JSON file, or one of " + names;
    return error;
  }
  return readFactList(*text, name);
}

/// Mean over items of a measure [arms, layers, items], by arm and layer.
Json curvesOf(const HostArray& measure) {
  constexpr const char* kNames[] = {"patched", "random", "unrelated"};
  Json curves;
  for (std::int64_t arm = 0; arm < measure.extent(0); ++arm) {
    Json curve = Json::array();
    for (std::int64_t layer = 0; layer < measure.extent(1); ++layer) {
      double sum = 0;
      for (const float value : measure.row(arm, layer)) sum += static_cast<double>(value);
      curve.push_back(sum / static_cast<double>(measure.extent(2)));
    }
    curves[kNames[arm]] = std::move(curve);
  }
  return curves;
}

double meanOf(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(values.size());
}

Exit list(const ListOptions& options) {
  if (options.isListing) {
    Json names = Json::array();
    for (const FactList& known : builtinLists())
      names.push_back({{"id", known.id}, {"title", known.title}, {"items", known.items.size()}});
    print({{"lists", names}});
    return Exit::Done;
  }
  auto facts = listNamed(options.list);
  if (!facts) return fail(facts);
  auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return fail(layers);
  const auto model = options.model.load();
  if (!model) return fail(model);
  PatchscopeListRequest request = options.request;
  request.list = std::move(*facts);
  request.layers = std::move(*layers);
  request.onlyKnown = !options.keepsUnknown;
  auto target = model;
  if (!options.targetModel.empty()) target = options.model.loadOther(options.targetModel);
  if (!target) return fail(target);
  if (!options.map.empty()) {
    auto map = readMapFor(options.map, (*model)->card.ref, (*target)->card.ref);
    if (!map) return fail(map);
    request.map = StateMap::Affine;
    request.affine = std::move(*map);
  }
  const auto result = runPatchscopeList(**model, **target, request, context());
  if (!result) return fail(result);
  Json items = Json::array();
  for (const ListedItem& item : result->items) {
    const FactItem& fact = request.list.items[static_cast<std::size_t>(item.item)];
    items.push_back({{"subject", fact.subject},
                     {"answers", fact.answers},
                     {"plain", item.plainAnswer},
                     {"known", item.isKnown},
                     {"says", item.says}});
  }
  print({{"list", request.list.title},
         {"layers", result->layers},
         {"items", items},
         {"unknown", result->unknown.size()},
         {"precision_at_1", curvesOf(result->firstP)},
         {"surprisal", curvesOf(result->surprisal)},
         {"contains", request.generateTokens > 0 ? curvesOf(result->contains) : Json()},
         {"text_only",
          {{"says", result->textOnlySays},
           {"precision_at_1", meanOf(result->textOnly.row(0))},
           {"surprisal", meanOf(result->textOnly.row(1))},
           {"contains", request.generateTokens > 0 ? Json(meanOf(result->textOnly.row(2))) : Json()}}},
         {"warnings", result->warnings},
         {"seconds", result->seconds}});
  return Exit::Done;
}

}  // namespace

void addPatchscopeList(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* verb = app.add_subcommand("patchscope-list", "a Patchscope of every item of a list, with its controls");
  options->model.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_flag("--lists", options->isListing, "print the lists that come with the program");
  verb->add_option("--list", options->list, "one of those, or a JSON file")->capture_default_str();
  verb->add_option("--layers", options->layers, "source layers: all, or 3-7,9")->capture_default_str();
  verb->add_option("--target-layer", options->request.targetLayer, "where it is written; -1: at the source layer")
      ->capture_default_str();
  verb->add_option("--generate", options->request.generateTokens, "tokens in which the answer is looked for; 0: none")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  verb->add_option("--map", options->map, "file of affine maps that states go through");
  verb->add_option("--target-model", options->targetModel, "another model to write into, which answers");
  verb->add_option("--seed", options->request.seed, "of the controls")->capture_default_str();
  verb->add_flag("--keep-unknown", options->keepsUnknown, "keep items that the model itself answers wrongly");
  verbs.push_back({verb, [options] { return list(*options); }});
}

}  // namespace patchbay::cli
