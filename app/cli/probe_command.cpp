#include "app/cli/command.h"
#include "core/analysis/probe.h"

namespace patchbay::cli {
namespace {

struct ProbeOptions {
  ModelOptions model;
  ProbeRequest request;
  std::string list = "language", place = "last";
  bool isListing = false;
};

Outcome<LabelledList> listNamed(const std::string& name) {
  std::string names;
  for (const LabelledList& known : builtinLabelledLists()) {
    if (known.title == name) return known;
    names += (names.empty() ? "" : ", ") + known.title;
  }
  const auto text = readTextFile(name);
  if (text) return readLabelledList(*text, name);
  Error error = text.error();
  error.expected = "a file of labelled texts, or one of " + names;
  return error;
}

Exit probe(const ProbeOptions& options) {
  if (options.isListing) {
    Json names = Json::array();
    for (const LabelledList& known : builtinLabelledLists())
      names.push_back({{"title", known.title}, {"items", known.items.size()}, {"labels", known.labels()}});
    print({{"lists", names}});
    return Exit::Done;
  }
  ProbeRequest request = options.request;
  auto list = listNamed(options.list);
  if (!list) return fail(list);
  request.list = std::move(*list);
  from_json(Json(options.place), request.place);
  const auto model = options.model.load();
  if (!model) return fail(model);
  request.model = (*model)->card.ref;
  const auto result = runProbe(**model, request, context());
  if (!result) return fail(result);
  Json layers = Json::array();
  for (int layer = 0; layer < result->layers(); ++layer) {
    Json row{{"layer", layer}};
    constexpr std::pair<const char*, ProbeArm> kArms[] = {
        {"logistic", ProbeArm::Logistic}, {"whitened", ProbeArm::Whitened}, {"shuffled_labels", ProbeArm::Shuffled}};
    for (const auto& [name, arm] : kArms) {
      row[name] = toJson(result->accuracy(arm, layer));
      row[name]["balanced"] = result->balancedAccuracy(arm, layer);
    }
    layers.push_back(std::move(row));
  }
  print({{"list", request.list.title},
         {"site", result->site},
         {"labels", result->labels},
         {"texts", result->textCount()},
         {"chance", result->chance()},
         {"best_layer", result->bestLayer(ProbeArm::Logistic)},
         {"layers", layers},
         {"seconds", result->seconds}});
  return Exit::Done;
}

}  // namespace

void addProbe(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<ProbeOptions>();
  CLI::App* verb = app.add_subcommand("probe", "linear probes on labelled texts, layer by layer, with their control");
  options->model.addTo(*verb);
  addJsonFlag(*verb);
  verb->add_flag("--lists", options->isListing, "print the lists that come with the program");
  verb->add_option("--list", options->list, "one of those, or a file: label | text, one a line")->capture_default_str();
  verb->add_option("--site", options->request.site, "resid_post, resid_mid, attn_out or mlp_out")
      ->capture_default_str();
  verb->add_option("--read", options->place, "last token, or mean of all but the first")
      ->check(CLI::IsMember({"last", "mean"}))
      ->capture_default_str();
  verb->add_option("--folds", options->request.folds, "of the texts; each is told by probes fitted on the others")
      ->check(CLI::Range(2, 20))
      ->capture_default_str();
  verb->add_option("--penalty", options->request.penalty, "on the squared weights of the logistic probe")
      ->capture_default_str();
  verb->add_option("--seed", options->request.seed, "of the folds and of the shuffled labels")->capture_default_str();
  verbs.push_back({verb, [options] { return probe(*options); }});
}

}  // namespace patchbay::cli
