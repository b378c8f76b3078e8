#include <sstream>

#include "app/cli/command.h"
#include "core/analysis/capture.h"
#include "core/checkpoint/array_file.h"

namespace patchbay::cli {
namespace {

struct CaptureOptions {
  ModelOptions model;
  PromptOptions prompt;
  std::string sites = "resid_post", layers = "all", tokens = "all", out;
};

Outcome<std::vector<Site>> parseSites(const std::string& text) {
  std::vector<Site> sites;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto site = siteByName(part);
    if (!site) {
      std::string known;
      for (const SiteFact& fact : allSites()) known += (known.empty() ? "" : ", ") + std::string(fact.name);
      return Error{.code = "CLI-05",
                   .what = "this site is not known",
                   .file = {},
                   .field = "--sites",
                   .found = "'" + part + "'",
                   .expected = known,
                   .advice = "Use names of this list, separated by commas."};
    }
    sites.push_back(*site);
  }
  return sites;
}

/// Indices as an array beside the values, so that the file explains itself.
HostArray indexArray(const std::vector<int>& chosen, std::int64_t all, const char* axis) {
  std::vector<float> values;
  if (chosen.empty())
    for (std::int64_t i = 0; i < all; ++i) values.push_back(static_cast<float>(i));
  for (const int index : chosen) values.push_back(static_cast<float>(index < 0 ? index + all : index));
  const auto count = static_cast<std::int64_t>(values.size());
  return {{count}, {axis}, "index", std::move(values)};
}

Exit capture(const CaptureOptions& options) {
  const bool isNpz = options.out.ends_with(".npz");
  if (!isNpz && !options.out.ends_with(".safetensors")) {
    return fail(Error{.code = "CLI-06",
                      .what = "the kind of file is not known",
                      .file = options.out,
                      .field = "--out",
                      .found = {},
                      .expected = "a name ending in .npz or .safetensors",
                      .advice = "Change the name."});
  }
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  CaptureRequest request;
  auto sites = parseSites(options.sites);
  if (!sites) return fail(sites);
  auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return fail(layers);
  auto tokens = parseIndices(options.tokens, "--tokens");
  if (!tokens) return fail(tokens);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto ids = (*model)->text.encode(*prompt);
  if (!ids) return fail(ids);
  request = {.ids = *ids, .sites = *sites, .layers = *layers, .tokens = *tokens};
  auto arrays = captureSites(**model, request, context());
  if (!arrays) return fail(arrays);
  ArrayFile file{.arrays = std::move(arrays).value(), .metadata = {{"model", (*model)->card.ref.fingerprint}}};
  file.arrays.emplace("layers", indexArray(*layers, (*model)->card.layers, "layer"));
  file.arrays.emplace("tokens", indexArray(*tokens, static_cast<std::int64_t>(ids->size()), "token"));
  file.arrays.emplace(
      "ids", HostArray({static_cast<std::int64_t>(ids->size())}, {"token"}, "token id", {ids->begin(), ids->end()}));
  const auto written = isNpz ? writeNpz(options.out, file) : writeSafetensors(options.out, file);
  if (!written) return fail(written);
  Json shapes = Json::object();
  for (const auto& [name, array] : file.arrays) shapes[name] = array.shape();
  print({{"out", options.out}, {"ids", *ids}, {"arrays", shapes}});
  return Exit::Done;
}

}  // namespace

void addCapture(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<CaptureOptions>();
  CLI::App* verb = app.add_subcommand("capture", "save activations of a prompt");
  options->model.addTo(*verb);
  options->prompt.addTo(*verb);
  verb->add_option("--sites", options->sites, "resid_post,attn_out,...")->capture_default_str();
  verb->add_option("--layers", options->layers, "all, or 3-7,9")->capture_default_str();
  verb->add_option("--tokens", options->tokens, "all, or -1,2-5")->capture_default_str();
  verb->add_option("--out", options->out, "X.npz or X.safetensors")->required();
  verbs.push_back({verb, [options] { return capture(*options); }});
}

}  // namespace patchbay::cli
