#include "app/cli/command.h"
#include "core/analysis/patch_grid.h"

namespace patchbay::cli {
namespace {

struct GridOptions {
  ModelOptions model;
  OutputOptions output;
  std::string clean, corrupt, layers = "all", tokens = "all", mode = "denoise", metric = "logit-difference";
  std::vector<std::string> meanFiles;
  PatchGridRequest request;
};

Outcome<PatchGridRequest> gridRequest(const GridOptions& options) {
  PatchGridRequest request = options.request;
  request.clean = Prompt::plain(options.clean);
  request.corrupt = Prompt::plain(options.corrupt);
  request.mode = Json(options.mode).get<GridMode>();
  request.metric = Json(options.metric).get<GridMetric>();
  if (usesTwoPrompts(request.mode) && options.corrupt.empty()) {
    return Error{.code = "CLI-04",
                 .what = "this mode needs a second prompt",
                 .file = {},
                 .field = "--corrupt",
                 .found = "nothing",
                 .expected = "the corrupted prompt",
                 .advice = "Give --corrupt, or use --mode zero."};
  }
  auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return layers.failure<PatchGridRequest>();
  request.layers = std::move(layers).value();
  auto tokens = parseIndices(options.tokens, "--tokens");
  if (!tokens) return tokens.failure<PatchGridRequest>();
  request.tokens = std::move(tokens).value();
  for (const std::string& file : options.meanFiles) {
    auto text = readTextFile(file);
    if (!text) return text.failure<PatchGridRequest>();
    request.meanTexts.push_back(std::move(text).value());
  }
  return request;
}

Exit patchGrid(const GridOptions& options) {
  const auto request = gridRequest(options);
  if (!request) return fail(request);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto result = runPatchGrid(**model, *request, context());
  if (!result) return fail(result);
  Json rows = Json::array();
  for (std::int64_t row = 0; row < result->values.extent(0); ++row) {
    Json values = Json::array();
    // JSON has no NaN: a cell that could not be written is null.
    for (std::int64_t column = 0; column < result->values.extent(1); ++column)
      values.push_back(result->values.at(row, column));
    if (options.output.lines) print({{"layer", result->layers[static_cast<std::size_t>(row)]}, {"grid", values}});
    rows.push_back(std::move(values));
  }
  if (options.output.lines) return Exit::Done;
  print({{"clean_ids", idsOf(result->cleanTokens)},
         {"corrupt_ids", idsOf(result->corruptTokens)},
         {"answer", toJson(result->answer)},
         {"wrong", toJson(result->wrong)},
         {"site", result->site},
         {"mode", result->mode},
         {"metric", result->metric},
         {"approximate", result->isApproximate},
         {"receiver", result->receiver},
         {"clean_diff", result->cleanValue},
         {"corrupt_diff", result->corruptValue},
         {"layers", result->layers},
         {result->areHeads ? "heads" : "tokens", result->columns},
         {"alignment", result->alignment},
         {"grid", rows},
         {"warnings", result->warnings}});
  return Exit::Done;
}

}  // namespace

void addPatchGrid(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<GridOptions>();
  CLI::App* verb = app.add_subcommand("patch-grid", "patch or knock out every layer and token, or every head");
  options->model.addTo(*verb);
  options->output.addTo(*verb);
  verb->add_option("--clean", options->clean, "prompt with the right answer")->required();
  verb->add_option("--corrupt", options->corrupt, "the same with another answer (modes denoise and noise)");
  verb->add_option("--answer", options->request.answer, "the right answer; absent: what the clean prompt says");
  verb->add_option("--wrong", options->request.wrong, "the other answer; absent: what the corrupted prompt says");
  verb->add_option("--site", options->request.site,
                   "resid_post, resid_pre, resid_mid, attn_out, mlp_out (layer x token), head_out (layer x head)")
      ->capture_default_str();
  verb->add_option("--mode", options->mode, "what is written: clean states, corrupted ones, zeros, means")
      ->check(CLI::IsMember({"denoise", "noise", "zero", "mean"}))
      ->capture_default_str();
  verb->add_option("--metric", options->metric, "what a cell says")
      ->check(CLI::IsMember({"logit-difference", "probability", "kl"}))
      ->capture_default_str();
  verb->add_option("--layers", options->layers, "all, or 3-7,9")->capture_default_str();
  verb->add_option("--tokens", options->tokens, "all, or 0-4,-1")->capture_default_str();
  verb->add_flag("--all-tokens", options->request.allTokens, "head_out: at every token, not only at the last");
  verb->add_flag("--approximate", options->request.isApproximate,
                 "attribution patching: estimate every cell from one backward pass");
  verb->add_option("--receiver", options->request.receiver,
                   "path patching: L22.H4, L22.mlp, several with + between, or logits alone read the change");
  verb->add_option("--mean-text", options->meanFiles, "text file to take means over (mode mean); may be repeated");
  verbs.push_back({verb, [options] { return patchGrid(*options); }});
}

}  // namespace patchbay::cli
