#include "app/cli/command.h"
#include "core/analysis/explore.h"
#include "core/analysis/multi_hop.h"
#include "core/data/builtin_texts.h"

namespace patchbay::cli {
namespace {

struct ExploreOptions {
  ModelOptions model;
  PromptOptions prompt;
  ExploreRequest request;
  std::string texts, others, out;
};

Exit explore(const ExploreOptions& options) {
  ExploreRequest request = options.request;
  for (const auto& [path, lines] : {std::pair{options.texts, &request.texts}, {options.others, &request.others}})
    if (const auto read = addLines(path, *lines); !read) return fail(read);
  if (request.texts.empty() && request.others.empty()) {
    const auto prompt = options.prompt.read();
    if (!prompt) return fail(prompt);
    request.prompt = *prompt;
  }
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto result = runExplore(**model, request, context());
  if (!result) return fail(result);
  Json places = Json::array();
  for (int place = 0; place < result->placeCount(); ++place) {
    const ExploredPlace& at = result->places[static_cast<std::size_t>(place)];
    places.push_back({{"text", at.text},
                      {"token", at.token},
                      {"word", toJson(result->tokenOf(place))},
                      {"group", result->isOther(place) ? 2 : 1}});
  }
  Json report{{"site", result->site}, {"places", places}, {"first_tokens_left_out", result->leftOut}};
  if (options.out.empty()) {
    for (const auto& [name, array] : result->toDocument().arrays) report[name] = toJson(array);
  } else {
    if (const auto written = writeArrays(options.out, result->toDocument()); !written) return fail(written);
    report["out"] = options.out;
  }
  print(report);
  return Exit::Done;
}

struct HopOptions {
  ModelOptions model;
  MultiHopRequest request;
  std::string list = "capital-country", layers;
  bool keepsUnknown = false, isListing = false;
};

Outcome<HopList> listNamed(const std::string& name) {
  if (const HopList* known = builtinHopList(name)) return *known;
  const auto text = readTextFile(name);
  if (text) return readHopList(*text, name);
  std::string names;
  for (const HopList& known : builtinHopLists()) names += (names.empty() ? "" : ", ") + known.id;
  Error error = text.error();
  error.expected = "a JSON file, or one of " + names;
  return error;
}

Exit multiHop(const HopOptions& options) {
  if (options.isListing) {
    Json names = Json::array();
    for (const HopList& known : builtinHopLists())
      names.push_back({{"id", known.id}, {"title", known.title}, {"items", known.items.size()}});
    print({{"lists", names}});
    return Exit::Done;
  }
  auto list = listNamed(options.list);
  if (!list) return fail(list);
  MultiHopRequest request = options.request;
  if (!options.layers.empty()) {
    auto layers = parseIndices(options.layers, "--layers");
    if (!layers) return fail(layers);
    request.layers = std::move(*layers);
  }
  const auto model = options.model.load();
  if (!model) return fail(model);
  request.list = std::move(*list);
  request.onlyKnown = !options.keepsUnknown;
  const auto result = runMultiHop(**model, request, context());
  if (!result) return fail(result);
  const int side = static_cast<int>(result->layers.size());
  const auto table = [&](int arm) {
    Json rows = Json::array();
    for (int source = 0; source < side; ++source) {
      Json row = Json::array();
      for (int target = 0; target < side; ++target) row.push_back(result->shareAt(arm, source, target));
      rows.push_back(std::move(row));
    }
    return rows;
  };
  Json items = Json::array();
  for (const HoppedItem& hopped : result->items) {
    const HopItem& item = request.list.items[static_cast<std::size_t>(hopped.item)];
    items.push_back({{"first", item.first},
                     {"second", item.second},
                     {"answers", item.answers},
                     {"plain", hopped.plainSays},
                     {"step_by_step", hopped.stepsSays},
                     {"says", hopped.says}});
  }
  const auto [source, target] = result->bestPair();
  print({{"list", request.list.title},
         {"layers", result->layers},
         {"items", items},
         {"unknown", result->unknown.size()},
         {"plain", result->plainShare()},
         {"step_by_step", result->stepsShare()},
         {"patched", table(0)},
         {"wrong_state", table(1)},
         {"best_pair",
          {{"source", result->layers[static_cast<std::size_t>(source)]},
           {"target", result->layers[static_cast<std::size_t>(target)]},
           {"patched", result->shareAt(0, source, target)},
           {"wrong_state", result->shareAt(1, source, target)}}},
         {"any_pair",
          {{"tries", side * side}, {"patched", result->shareOfAny(0)}, {"wrong_state", result->shareOfAny(1)}}},
         {"warnings", result->warnings},
         {"seconds", result->seconds}});
  return Exit::Done;
}

void addMultiHop(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<HopOptions>();
  CLI::App* verb = app.add_subcommand("multi-hop", "questions in two steps, in words and by the patch, with a control");
  options->model.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_flag("--lists", options->isListing, "print the lists that come with the program");
  verb->add_option("--list", options->list, "one of those, or a JSON file")->capture_default_str();
  verb->add_option("--layers", options->layers, "read and written at: all, or 3-7,9; absent: every third");
  verb->add_option("--generate", options->request.generateTokens, "tokens in which the answer is looked for")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  verb->add_option("--seed", options->request.seed, "of the control")->capture_default_str();
  verb->add_flag("--keep-unknown", options->keepsUnknown, "keep items of which the model does not know both steps");
  verbs.push_back({verb, [options] { return multiHop(*options); }});
}

}  // namespace

void addExploreVerbs(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<ExploreOptions>();
  CLI::App* verb =
      app.add_subcommand("explore", "lengths, principal components, cosines and outstanding channels of activations");
  options->model.addTo(*verb);
  options->prompt.isNeeded = false;
  options->prompt.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_option("--texts", options->texts, "file of texts, one a line, instead of a prompt");
  verb->add_option("--others", options->others, "file of texts of a second group");
  verb->add_option("--site", options->request.site, "resid_post, resid_mid, attn_out or mlp_out")
      ->capture_default_str();
  verb->add_flag("--last", options->request.lastOnly, "of each text its last token alone");
  verb->add_flag("--with-first", options->request.withFirst, "first tokens too, which are attention sinks");
  verb->add_option("--out", options->out, "write the arrays to this .npz or .safetensors file")
      ->check(&checkArraysName);
  verbs.push_back({verb, [options] { return explore(*options); }});
  addMultiHop(app, verbs);
}

}  // namespace patchbay::cli
