#include "app/cli/command.h"

#include "core/analysis/logit_lens.h"
#include "core/analysis/patchscope.h"
#include "core/data/presets.h"
#include "core/data/recorded_run.h"
#include "core/model/generator.h"
#include "core/steering/vector_file.h"
#include "core/text/random_identity.h"

namespace patchbay::cli {
namespace {

struct RunOptions {
  ModelOptions model;
  OutputOptions output;
  PromptOptions prompt;
  int topK = 10;
  std::string kind = "logit", site = "resid_post", map;
  int head = -1, ahead = 1, continueTokens = 0;
  std::string aheadText = kFutureLensText, softPrompt, steer;
  std::string record;
};

/// Writes the run in the form in which the window's recorded pictures ship.
Outcome<Done> writeRecord(const std::string& path, const LanguageModel& model, const LensRequest& request,
                          const LensResult& lens) {
  RecordedRun run;
  run.record.kind = LensRequest::kKind;
  run.record.title = "Logit lens";
  run.record.dtype = model.card.dtype;
  run.record.device = model.card.device;
  run.record.quantisation = model.card.quantisation;
  run.record.seconds = lens.seconds;
  run.record.request = request;
  run.document = lens.toDocument();
  return writeTextFile(path, dumpJson(recordedRunToJson(run)));
}

Exit logits(const RunOptions& options) {
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto ids = (*model)->text.encode(*prompt);
  if (!ids) return fail(ids);
  if (const auto fits = checkContext(**model, static_cast<std::int64_t>(ids->size())); !fits) return fail(fits);
  const at::InferenceMode inference;
  KvCache cache = (*model)->transformer->newCache();
  const at::Tensor x = (*model)->transformer->run({*ids}, cache, {}, context());
  const Distribution next((*model)->transformer->readOut(x.narrow(1, x.size(1) - 1, 1), x.size(1) - 1, {}));
  print({{"ids", *ids}, {"top", toJson(withTexts((*model)->text, next.top(options.topK)))}});
  return Exit::Done;
}

Exit lens(const RunOptions& options) {
  if (options.kind == "tuned" && options.map.empty()) {
    return fail(Error{.code = "CLI-03",
                      .what = "a tuned lens needs its fitted maps",
                      .file = {},
                      .field = "--map",
                      .found = "nothing",
                      .expected = "a file of maps",
                      .advice = "Make one with `map fit --pairs last`."});
  }
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  const auto model = options.model.load();
  if (!model) return fail(model);
  ModelRef reference = (*model)->card.ref;
  reference.path.clear();
  LensRequest request{.model = reference,
                      .prompt = *prompt,
                      .site = options.site,
                      .head = options.head,
                      .topK = options.topK,
                      .tracked = {},
                      .translator = {}};
  request.continueTokens = options.continueTokens;
  if (options.kind == "future") {
    request.ahead = options.ahead;
    request.aheadText = options.aheadText;
    if (!options.softPrompt.empty()) {
      auto learned = readPromptFor(options.softPrompt, (*model)->card.ref);
      if (!learned) return fail(learned);
      request.aheadPrompt = std::move(*learned);
    }
  }
  if (!options.steer.empty()) {
    auto argument = parseSteer(options.steer, (*model)->card.layers);
    if (!argument) return fail(argument);
    auto vector = readVector(argument->file);
    if (!vector) return fail(vector);
    request.steering = {.vectorName = vector->name,
                        .vectorHash = argument->file,
                        .vector = std::make_shared<const SteeringVector>(*vector),
                        .setting = argument->setting};
  }
  if (options.kind == "tuned") {
    auto map = readMapFor(options.map, (*model)->card.ref, (*model)->card.ref);
    if (!map) return fail(map);
    request.translator = std::move(*map);
  }
  const auto result = runLens(**model, request, context());
  if (!result) return fail(result);
  if (!options.record.empty()) {
    if (const auto written = writeRecord(options.record, **model, request, *result); !written) return fail(written);
    print({{"out", options.record}});
    return Exit::Done;
  }
  Json layers = Json::array(), cells = Json::array();
  for (int layer = 0; layer < result->layers; ++layer) {
    Json row = Json::array();
    for (int token = 0; token < result->tokenCount(); ++token) {
      Json ranked = Json::array();
      for (int k = 0; k < result->topCount(); ++k) ranked.push_back(toJson(result->ranked(layer, token, k)));
      row.push_back(std::move(ranked));
    }
    if (options.output.lines) print({{"layer", layer}, {"ids", idsOf(result->tokens)}, {"cells", row}});
    layers.push_back(layer);
    cells.push_back(std::move(row));
  }
  if (!options.output.lines) print({{"ids", idsOf(result->tokens)}, {"layers", layers}, {"cells", cells}});
  return Exit::Done;
}

constexpr std::string_view kAffine = "affine:";

struct ScopeOptions {
  ModelOptions model;
  OutputOptions output;
  PatchscopeRequest request;
  std::string source, target, preset = "token-identity", sourceLayers = "all", targetLayers = "same", map = "identity",
                              targetModel;
  int generate = -1;
  std::uint64_t seed = 0;  ///< of a drawn target
};

Outcome<PatchscopeRequest> scopeRequest(const ScopeOptions& options) {
  PatchscopeRequest request = options.request;
  const PatchscopePreset& preset = presetById(options.preset);
  request.preset = options.target.empty() ? std::string(preset.id) : "";
  request.source = Prompt::plain(options.source);
  request.target = Prompt::plain(options.target.empty() ? std::string(preset.target) : options.target);
  request.generateTokens = options.generate >= 0 ? options.generate : 0;
  auto source = parseIndices(options.sourceLayers, "--source-layers");
  if (!source) return source.failure<PatchscopeRequest>();
  request.sourceLayers = std::move(source).value();
  if (options.targetLayers != "same") {
    auto target = parseIndices(options.targetLayers, "--target-layers");
    if (!target) return target.failure<PatchscopeRequest>();
    request.targetLayers = std::move(target).value();
  }
  if (options.map == "identity")
    request.map = StateMap::Identity;
  else if (options.map == "target-norm")
    request.map = StateMap::TargetNorm;
  else if (options.map == "zero")
    request.map = StateMap::Zero;
  else if (options.map == "mean")
    request.map = StateMap::Mean;
  else if (options.map.starts_with(kAffine)) {
    request.map = StateMap::Affine;  // read when its models are known
  } else
    return Error{.code = "CLI-03",
                 .what = "this map is not known",
                 .file = {},
                 .field = "--map",
                 .found = "'" + options.map + "'",
                 .expected = "identity, target-norm, zero, mean or affine:FILE",
                 .advice = "Use one of these."};
  return request;
}

Exit patchscope(const ScopeOptions& options) {
  auto request = scopeRequest(options);
  if (!request) return fail(request);
  const auto model = options.model.load();
  if (!model) return fail(model);
  auto target = model;
  if (!options.targetModel.empty()) target = options.model.loadOther(options.targetModel);
  if (!target) return fail(target);
  if (options.target.empty() && presetById(options.preset).isDrawn) {
    auto drawn = randomIdentity(*(*target)->text.tokenizer, options.seed);
    if (!drawn) return fail(drawn);
    request->target = Prompt::plain(std::move(*drawn));
  }
  if (options.targetLayers == "all") {
    request->targetLayers.clear();
    for (int layer = 0; layer < (*target)->card.layers; ++layer) request->targetLayers.push_back(layer);
  }
  if (request->map == StateMap::Affine) {
    auto map = readMapFor(options.map.substr(kAffine.size()), (*model)->card.ref, (*target)->card.ref);
    if (!map) return fail(map);
    request->affine = std::move(*map);
  }
  const auto result = runPatchscope(**model, **target, *request, context());
  if (!result) return fail(result);
  Json cells = Json::array();
  for (const PatchscopeCell& cell : result->cells) {
    Json json = {{"source_token", result->tokenOf(cell)},
                 {"source_layer", cell.sourceLayer},
                 {"target_layer", cell.targetLayer},
                 {"top", toJson(cell.top)},
                 {"text", cell.generation.text}};
    if (!cell.asked.empty()) json["asked"] = cell.asked;
    if (options.output.lines)
      print(json);
    else
      cells.push_back(std::move(json));
  }
  if (!options.output.lines) {
    print({{"source_ids", idsOf(result->sourceTokens)},
           {"target", request->target.text},
           {"target_ids", idsOf(result->targetTokens)},
           {"source_token", result->sourceToken},
           {"target_token", result->targetToken},
           {"cells", cells},
           {"unpatched", toJson(result->unpatched)},
           {"asked", idsOf(result->asked)},
           {"asked_unpatched", result->askedUnpatched},
           {"warnings", result->warnings}});
  }
  return Exit::Done;
}

}  // namespace

void addRunVerbs(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<RunOptions>();
  const auto scope = std::make_shared<ScopeOptions>();
  CLI::App* logitsVerb = app.add_subcommand("logits", "next-token distribution at the last token");
  CLI::App* lensVerb = app.add_subcommand("lens", "what each layer would say at each token");
  for (CLI::App* verb : {logitsVerb, lensVerb}) {
    options->model.addTo(*verb);
    options->prompt.addTo(*verb);
    verb->add_option("--top", options->topK, "how many tokens")->check(CLI::Range(1, 1000))->capture_default_str();
    options->output.addTo(*verb);
  }
  lensVerb->add_option("--kind", options->kind, "logit, tuned with --map, or future with --ahead")
      ->check(CLI::IsMember({"logit", "tuned", "future"}))
      ->capture_default_str();
  lensVerb->add_option("--ahead", options->ahead, "how many tokens behind the next one a future lens reads")
      ->check(CLI::Range(0, 4))
      ->capture_default_str();
  lensVerb->add_option("--ahead-text", options->aheadText, "text that states are written into; its last token is x")
      ->capture_default_str();
  lensVerb->add_option("--soft-prompt", options->softPrompt, "file of a learned prompt in the place of that text");
  lensVerb->add_option("--continue", options->continueTokens, "greedy tokens to add to the prompt and read too")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  lensVerb->add_option("--steer", options->steer, "FILE@LAYERS:STRENGTH at work in the run that is read");
  lensVerb->add_option("--map", options->map, "file of a tuned lens");
  lensVerb->add_option("--site", options->site, "resid_post, resid_mid, attn_out, mlp_out, or head_out with --head")
      ->capture_default_str();
  lensVerb->add_option("--head", options->head, "head of head_out");
  lensVerb->add_option("--record", options->record, "write the whole result as a recorded run instead");
  verbs.push_back({logitsVerb, [options] { return logits(*options); }});
  verbs.push_back({lensVerb, [options] { return lens(*options); }});

  CLI::App* verb =
      app.add_subcommand("patchscope", "read a state of one prompt, write it into another, see what that one says");
  scope->model.addTo(*verb);
  scope->output.addTo(*verb);
  verb->add_option("--source", scope->source, "prompt to read from")->required();
  verb->add_option("--source-token", scope->request.sourceToken, "negative counts from the end")->capture_default_str();
  verb->add_flag("--every-token", scope->request.everyToken, "of the source, for one target layer or the same");
  verb->add_option("--ask", scope->request.words, "a word whose first token's probability is read; may be repeated");
  verb->add_option("--source-layers", scope->sourceLayers, "all, or 3-7,9")->capture_default_str();
  verb->add_option("--target", scope->target, "prompt to write into; absent: the preset's");
  std::vector<std::string> presets;
  for (const PatchscopePreset& preset : patchscopePresets()) presets.emplace_back(preset.id);
  verb->add_option("--preset", scope->preset, "the target's template")
      ->check(CLI::IsMember(presets))
      ->capture_default_str();
  verb->add_option("--seed", scope->seed, "of the words of token-identity-random")->capture_default_str();
  verb->add_option("--target-token", scope->request.targetToken, "negative counts from the end")->capture_default_str();
  verb->add_option("--target-layers", scope->targetLayers, "same, all, or 3-7,9")->capture_default_str();
  verb->add_option("--map", scope->map, "identity, target-norm, zero, mean, or affine:FILE")->capture_default_str();
  verb->add_option("--target-model", scope->targetModel, "another model to write into");
  verb->add_option("--generate", scope->generate, "tokens to generate; 0: next token only")->check(CLI::Range(0, 1000));
  verb->add_option("--top", scope->request.topK, "how many tokens")->check(CLI::Range(1, 1000))->capture_default_str();
  verbs.push_back({verb, [scope] { return patchscope(*scope); }});
}

}  // namespace patchbay::cli
