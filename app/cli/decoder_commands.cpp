#include <iostream>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/question_options.h"
#include "core/analysis/captured_run.h"
#include "core/base/kept_states.h"
#include "core/decoder/asking.h"
#include "core/decoder/decoder_evaluation.h"
#include "core/decoder/decoder_file.h"
#include "core/decoder/decoder_training.h"
#include "core/decoder/decoder_vector.h"
#include "core/decoder/question_preview.h"
#include "core/engine/engine.h"
#include "core/steering/vector_file.h"

namespace patchbay::cli {
namespace {

struct DataOptions {
  ModelOptions model;
  QuestionOptions questions;
  int groups = 10;
  std::uint64_t seed = 1;
  bool isCounting = false, recall = false;
};

/// Examples as training meets them, one a line; or how many there are.
Exit data(const DataOptions& options) {
  const auto data = options.questions.read();
  if (!data) return fail(data);
  if (options.isCounting) {
    print({{"digest", data->digest()}, {"families", countQuestions(*data)}});
    return Exit::Done;
  }
  const auto text = openModelText(options.model.path(), context(), knownModels());
  if (!text) return fail(text);
  const auto examples = previewExamples(*data, *text, options.seed, options.groups, options.recall);
  if (!examples) return fail(examples);
  for (const PreviewedExample& previewed : *examples) {
    Json json = previewed.example;
    json["seen"] = previewed.about;
    json["decoder_sees"] = previewed.decoderSees;
    print(json);
  }
  return Exit::Done;
}

/// Tells each new point of a training's curves on stderr.
class TrainingReport {
public:
  void operator()(const TrainingCurves& curves) {
    for (; m_points < curves.points.size(); ++m_points) {
      const TrainingPoint& point = curves.points[m_points];
      std::cerr << "step " << point.step << "  loss " << point.loss << "  " << static_cast<int>(point.tokensPerSecond)
                << " tokens/s\n";
    }
    for (; m_checks < curves.checks.size(); ++m_checks) {
      const TrainingCheck& check = curves.checks[m_checks];
      std::cerr << "step " << check.step << "  held-out loss " << check.loss << "  with states of another prompt "
                << check.shuffledLoss << "\n";
    }
  }

private:
  std::size_t m_points = 0, m_checks = 0;
};

struct TrainOptions {
  ModelOptions model;
  QuestionOptions questions;
  TrainDecoderRequest request;
  std::string recipe = "default", readLayers, optimizer = "adamw", schedule = "linear", compute = "fastest";
};

Exit train(const TrainOptions& options) {
  TrainDecoderRequest request = options.request;
  from_json(Json(options.optimizer), request.recipe.training.optimizer.kind);
  from_json(Json(options.schedule), request.recipe.training.schedule.kind);
  from_json(Json(options.compute), request.recipe.training.compute);
  const auto model = options.model.load();
  if (!model) return fail(model);
  request.model = (*model)->card.ref;
  if (!options.readLayers.empty()) {
    const auto named = parseIndices(options.readLayers, "--read-layers");
    if (!named) return fail(named);
    auto layers = resolveLayers(*named, (*model)->card.layers, "--read-layers");
    if (!layers) return fail(layers);
    request.recipe.readLayers = std::move(*layers);
  }
  if (request.name.empty()) request.name = "Decoder for " + request.model.name;
  request.data = options.questions.path;
  request.withBuiltin = options.questions.withBuiltin;
  const auto data = questionsFor(request);
  if (!data) return fail(data);
  const auto trained = runTrainDecoder(**model, *data, request, context(), TrainingReport());
  if (!trained) return fail(trained);
  print(Json(trained->card));
  return Exit::Done;
}

struct AskOptions {
  ModelOptions model;
  PromptOptions prompt;
  AskRequest request;
  std::string tokens = "-1", layers = "15", choices, reader, map;
  bool withControls = false;
};

/// The runs of neighbours in a list of tokens.
std::vector<AskedSpan> spansOf(const std::vector<int>& tokens, const std::vector<int>& layers) {
  std::vector<AskedSpan> spans;
  for (const int layer : layers) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i] == tokens[i - 1] + 1 && tokens[i] != 0)
        spans.back().lastToken = tokens[i];
      else
        spans.push_back({.firstToken = tokens[i], .lastToken = tokens[i], .layer = layer});
    }
  }
  return spans;
}

Json toJson(const AskAnswer& answer) {
  Json tokens = Json::array(), choices = Json::array();
  for (const GeneratedToken& token : answer.generation.tokens) {
    Json entry = cli::toJson(token.token);
    entry["p"] = token.p;
    tokens.push_back(std::move(entry));
  }
  for (const RankedChoice& choice : answer.choices) choices.push_back({{"text", choice.text}, {"p", choice.p}});
  return {{"answer", answer.generation.text}, {"tokens", tokens}, {"choices", choices}};
}

const char* wordsOf(AskVerdict verdict) {
  switch (verdict) {
    case AskVerdict::NotAsked: return "no controls were asked";
    case AskVerdict::SaidNothing: return "the decoder says nothing";
    case AskVerdict::Holds: return "neither other states nor the text alone say the same";
    case AskVerdict::TextEnough: return "the model says the same when it is asked in plain words";
    case AskVerdict::SameWithout: return "the decoder says the same without these states: treat the answer with care";
  }
  return "";
}

Json reportOf(const AskResult& result, const std::string& decoder) {
  Json report = toJson(result.answer);
  report["decoder"] = decoder;
  report["seconds"] = result.seconds;
  report["warnings"] = result.warnings;
  for (const LayerAnswer& layer : result.layers) {
    Json entry = toJson(layer.answer);
    entry["layer"] = layer.layer;
    report["layers"].push_back(std::move(entry));
  }
  if (!result.controls.empty()) {
    for (const ControlAnswer& control : result.controls) {
      Json entry = toJson(control.answer);
      entry["overlap"] = control.overlap;
      entry["about"] = control.about;
      report["controls"][Json(control.control).get<std::string>()] = std::move(entry);
    }
    report["verdict"] = wordsOf(result.verdict());
  }
  return report;
}

Exit ask(const AskOptions& options) {
  AskRequest request = options.request;
  const auto tokens = parseIndices(options.tokens, "--tokens");
  if (!tokens) return fail(tokens);
  const auto layers = parseIndices(options.layers, "--layers");
  if (!layers) return fail(layers);
  // "all" is every layer in turn, which is a question of its own.
  request.atAllLayers = layers->empty();
  request.spans = spansOf(*tokens, layers->empty() ? std::vector<int>{0} : *layers);
  request.hasControls = options.withControls && !request.atAllLayers;
  std::stringstream choices(options.choices);
  for (std::string choice; std::getline(choices, choice, '|');)
    if (!choice.empty()) request.choices.push_back(choice);
  const auto prompt = options.prompt.read();
  if (!prompt) return fail(prompt);
  request.prompt = *prompt;
  const auto folder = decoderFolder(request.decoder.folder);
  if (!folder) return fail(folder);
  const auto model = options.model.load();
  if (!model) return fail(model);
  request.model = (*model)->card.ref;
  const auto reader = options.reader.empty() ? model : options.model.loadOther(options.reader);
  if (!reader) return fail(reader);
  if (!options.reader.empty()) request.reader = (*reader)->card.ref;
  if (!options.map.empty()) {
    auto map = readMapFor(options.map, request.model, (*reader)->card.ref);
    if (!map) return fail(map);
    request.affine = std::move(*map);
  }
  auto decoder = loadDecoder(*folder, {}, **reader);
  if (!decoder) return fail(decoder);
  // Of all layers, the middle one of those it was trained on gives the answer.
  const auto& known = decoder->card.recipe.readLayers;
  for (AskedSpan& span : request.spans)
    if (request.atAllLayers)
      span.layer = sameDepth(known[known.size() / 2], (*reader)->card.layers, (*model)->card.layers);
  const auto result = runAsk(**model, **reader, *decoder, request, context());
  if (!result) return fail(result);
  print(reportOf(*result, decoder->card.name));
  return Exit::Done;
}

struct EvaluateOptions {
  ModelOptions model;
  QuestionOptions questions;
  std::string decoder;
  EvaluationSettings settings;
  bool withoutControls = false, keeps = false;
};

Json toJson(const DecoderFigure& figure) {
  return {
      {"family", figure.family},
      {"kind", figure.kind},
      {"window", figure.window},
      {"split", figure.split},
      {"chance", figure.chance},
      {"exact", cli::toJson(figure.exact)},
      {"choice", cli::toJson(figure.choice)},
      {"controls",
       {{"zero", {{"exact", cli::toJson(figure.zeroExact)}, {"choice", cli::toJson(figure.zeroChoice)}}},
        {"shuffled", {{"exact", cli::toJson(figure.shuffledExact)}, {"choice", cli::toJson(figure.shuffledChoice)}}},
        {"untrained", {{"exact", cli::toJson(figure.untrainedExact)}, {"choice", cli::toJson(figure.untrainedChoice)}}},
        {"whitened_probe", {{"choice", cli::toJson(figure.probeChoice)}}}}}};
}

Exit evaluate(const EvaluateOptions& options) {
  const auto model = options.model.load();
  if (!model) return fail(model);
  auto decoder = readDecoder(options.decoder, **model);
  if (!decoder) return fail(decoder);
  EvaluationSettings settings = options.settings;
  settings.hasControls = !options.withoutControls;
  const auto data = options.questions.read();
  if (!data) return fail(data);
  auto figures = evaluateDecoder(**model, *decoder, *data, settings, context());
  if (!figures) return fail(figures);
  Json rows = Json::array();
  for (const DecoderFigure& figure : *figures) rows.push_back(toJson(figure));
  if (options.keeps) {
    decoder->card.figures = std::move(*figures);
    if (const auto written = writeDecoderCard(options.decoder, decoder->card); !written) return fail(written);
  }
  print({{"decoder", decoder->card.name}, {"seed", settings.seed}, {"figures", rows}});
  return Exit::Done;
}

struct ControlOptions {
  ModelOptions model;
  DecoderVectorRequest request;
  std::string out;
  double rate = 0;  // 0: the usual one
};

const char* wordsOf(WishVerdict verdict) {
  switch (verdict) {
    case WishVerdict::NotJudged: return "not judged: no wish in words";
    case WishVerdict::Rises: return "the wish rises above the random vector";
    case WishVerdict::RisesAtACost: return "the wish rises, at more than twice the perplexity";
    case WishVerdict::NotAboveRandom: return "no more than a random vector";
  }
  return "";
}

Exit control(const ControlOptions& options) {
  DecoderVectorRequest request = options.request;
  const double usual = request.rank > 0 ? DecoderVectorRequest::kAdapterRate : DecoderVectorRequest::kVectorRate;
  request.learningRate = options.rate != 0 ? options.rate : usual;
  if (request.rank > 0) request.folder = options.out;
  const auto folder = decoderFolder(request.decoder.folder);
  if (!folder) return fail(folder);
  const auto model = options.model.load();
  if (!model) return fail(model);
  request.model = (*model)->card.ref;
  const auto decoder = readDecoder(*folder, **model);
  if (!decoder) return fail(decoder);
  const auto report = [](const DecoderVectorResult& soFar) {
    const WishPoint& point = soFar.points.back();
    std::cerr << "step " << point.step << "  wish " << point.wishLoss << "  from the plain model " << point.plainLoss
              << "  norm " << point.norm << "\n";
  };
  const auto result = runDecoderVector(**model, *decoder, request, context(), report);
  if (!result) return fail(result);
  if (!options.out.empty() && request.rank == 0)
    if (const auto written = writeVector(options.out, result->vector); !written) return fail(written);
  Json arms = Json::array();
  for (const WishOutcome& outcome : result->outcomes) {
    Json arm{{"arm", outcome.arm}, {"texts", outcome.texts}};
    if (!outcome.fulfilment.empty()) {
      arm["fulfilment"] = outcome.meanFulfilment();
      arm["perplexity"] = outcome.perplexity();
    }
    arms.push_back(std::move(arm));
  }
  print({{"verdict", wordsOf(result->verdict())},
         {"norm", request.rank > 0 ? result->norm() : result->vector.norm(request.layer)},
         {"adapter", result->adapter},
         {"layer", request.layer},
         {"cosine_with_mean_difference", result->cosine},
         {"points", result->points},
         {"prompts", result->prompts},
         {"arms", arms},
         {"warnings", result->warnings},
         {"seconds", result->seconds}});
  return Exit::Done;
}

struct ExportOptions {
  ModelOptions model;
  std::string decoder, out, type = "bf16";
};

/// A copy of a decoder, its weights in another type.
Exit exportDecoder(const ExportOptions& options) {
  const auto model = options.model.load();
  if (!model) return fail(model);
  auto decoder = readDecoder(options.decoder, **model);
  if (!decoder) return fail(decoder);
  const TensorType type = options.type == "bf16" ? TensorType::BF16 : TensorType::F32;
  // What was measured was measured with the other weights.
  decoder->card.figures.clear();
  if (const auto written = writeDecoder(options.out, *decoder, type); !written) return fail(written);
  print({{"out", options.out}, {"weights", options.type}});
  return Exit::Done;
}

void addControl(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<ControlOptions>();
  DecoderVectorRequest& request = options->request;
  CLI::App* verb = decoder.add_subcommand(
      "control", "a steering vector, or a LoRA adapter, with which the decoder gives a wished answer (experimental)");
  options->model.addTo(*verb);
  verb->add_option("--question", request.question, "asked about steered states")->required();
  verb->add_option("--answer", request.answer, "what the decoder is to answer")->required();
  verb->add_option("--words", request.words, "the same wish as an instruction, to compare with and judge by");
  verb->add_option("--decoder", request.decoder.folder, "folder of the decoder")->capture_default_str();
  verb->add_option("--layer", request.layer, "that the vector is added to; with a rank, the last that is adapted")
      ->capture_default_str();
  verb->add_option("--rank", request.rank, "of a LoRA adapter in the place of a vector; 0: a vector")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  verb->add_option("--steps", request.steps, "at most")->check(CLI::Range(1, 100000))->capture_default_str();
  verb->add_option("--norm", request.largestNorm, "the farthest that states may be moved")->capture_default_str();
  verb->add_option("--plain-weight", request.plainWeight, "of the divergence from the plain model")
      ->capture_default_str();
  verb->add_option("--learning-rate", options->rate, "of Adam; 0.3 for a vector, 0.001 for an adapter");
  verb->add_option("--generate", request.generateTokens, "tokens of each held-out prompt")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--seed", request.seed, "of everything drawn")->capture_default_str();
  verb->add_option("--out", options->out, "write the vector to this file, or the adapter into this folder");
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] { return control(*options); }});
}

void addExport(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* verb =
      decoder.add_subcommand("export", "write a decoder anew, its weights in another type, without figures");
  options->model.addTo(*verb);
  verb->add_option("--decoder", options->decoder, "folder of the decoder")->required();
  verb->add_option("--out", options->out, "folder to write")->required();
  verb->add_option("--weights", options->type, "bf16 or f32")
      ->check(CLI::IsMember({"bf16", "f32"}))
      ->capture_default_str();
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] { return exportDecoder(*options); }});
}

/// What trainings keep of the states they read.
void addStates(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto isDeleting = std::make_shared<bool>(false);
  CLI::App* verb =
      decoder.add_subcommand("states", "states of training prompts that are kept on disk for other trainings");
  verb->add_flag("--delete", *isDeleting, "delete them");
  addJsonFlag(*verb);
  verbs.push_back({verb, [isDeleting] {
                     if (*isDeleting) deleteKeptStates();
                     print({{"folder", keptStatesFolder().string()},
                            {"bytes", keptStatesSize()},
                            {"most_bytes", kKeptStatesBytes}});
                     return Exit::Done;
                   }});
}

void addData(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<DataOptions>();
  CLI::App* verb = decoder.add_subcommand("data", "examples as a decoder learns them, one JSON object a line");
  options->model.addTo(*verb);
  verb->add_option("--groups", options->groups, "prompts, each with two to four questions")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "of the examples")->capture_default_str();
  options->questions.addTo(*verb);
  verb->add_flag("--recall", options->recall, "as a decoder sees them that gets what states recall");
  verb->add_flag("--counts", options->isCounting, "how many there are to learn from and held out, instead of examples");
  verbs.push_back({verb, [options] { return data(*options); }});
}

void addTrain(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<TrainOptions>();
  TrainDecoderRequest& request = options->request;
  DecoderRecipe& recipe = request.recipe;
  CLI::App* verb = decoder.add_subcommand(
      "train", "train a decoder on questions about states; goes on from a checkpoint in the folder");
  options->model.addTo(*verb);
  options->questions.addTo(*verb);
  verb->add_option("--out", request.folder, "folder of the decoder")->required();
  verb->add_option("--name", request.name, "what the decoder is called");
  verb->add_option("--recipe", options->recipe, "default")->check(CLI::IsMember({"default"}))->capture_default_str();
  verb->add_option("--steps", recipe.training.steps, "steps in all")->check(CLI::Range(1, 10000000));
  verb->add_option("--minutes", request.minutes, "as many steps as fit")->check(CLI::Range(0.1, 100000.0));
  verb->add_option("--batch", recipe.training.batch, "questions a step")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  verb->add_option("--rank", recipe.rank, "rank of the LoRA")->check(CLI::Range(1, 1024))->capture_default_str();
  verb->add_option("--alpha", recipe.alpha, "alpha of the LoRA")->capture_default_str();
  verb->add_option("--dropout", recipe.dropout, "dropout of the LoRA's input")->check(CLI::Range(0.0, 0.99));
  verb->add_option("--read-layers", options->readLayers, "layers whose states are read; the middle third");
  verb->add_option("--write-layer", recipe.writeLayer, "block behind which they are written")->capture_default_str();
  verb->add_flag("--recall", recipe.recall,
                 "behind the states stands what each recalls of earlier words (experimental)");
  verb->add_option("--learning-rate", recipe.training.schedule.learningRate, "its height")->capture_default_str();
  verb->add_option("--warm-up", recipe.training.schedule.warmUp, "steps")->capture_default_str();
  verb->add_option("--schedule", options->schedule, "linear, cosine or constant")
      ->check(CLI::IsMember({"linear", "cosine", "constant"}))
      ->capture_default_str();
  verb->add_option("--compute", options->compute, "products in f32, bf16, or whichever is the fastest here")
      ->check(CLI::IsMember({"fastest", "f32", "bf16"}))
      ->capture_default_str();
  verb->add_option("--optimizer", options->optimizer, "adamw or adafactor")
      ->check(CLI::IsMember({"adamw", "adafactor"}))
      ->capture_default_str();
  verb->add_option("--clip", recipe.training.largestNorm, "largest norm of a gradient; 0: any")->capture_default_str();
  verb->add_option("--workers", recipe.training.workers, "that share a step; 0: one for each core");
  verb->add_option("--seed", recipe.training.seed, "of everything drawn")->capture_default_str();
  verb->add_flag("--finish", request.isEnded, "take no more steps: the checkpoint's adapter becomes the decoder");
  verbs.push_back({verb, [options] { return train(*options); }});
}

void addAsk(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<AskOptions>();
  CLI::App* verb = decoder.add_subcommand("ask", "ask about the states of some tokens");
  options->model.addTo(*verb);
  options->prompt.addTo(*verb);
  verb->add_option("--tokens", options->tokens, "tokens of the rendered prompt: 3-9, -1")->capture_default_str();
  verb->add_option("--layers", options->layers, "layers that are read, one behind the other; all: each in turn")
      ->capture_default_str();
  verb->add_option("--question", options->request.question, "what to ask")->required();
  verb->add_option("--choices", options->choices, "answers to choose from, separated by |");
  verb->add_option("--decoder", options->request.decoder.folder, "folder of the decoder")->capture_default_str();
  verb->add_option("--reader", options->reader, "the decoder's model, where it is another one; needs --map");
  verb->add_option("--map", options->map, "file of affine maps that states go through (patchbay-cli map)");
  verb->add_flag("--controls", options->withControls,
                 "ask zeros, states of another prompt, a random cell, the text alone and no adapter too");
  verb->add_option("--max-new-tokens", options->request.sampling.maxNewTokens, "of each answer")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb->add_option("--temperature", options->request.sampling.temperature, "0: greedy")->check(CLI::Range(0.0, 100.0));
  verb->add_option("--seed", options->request.seed, "of the controls and of sampling")->capture_default_str();
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] {
                     options->request.sampling.seed = options->request.seed;
                     return ask(*options);
                   }});
}

void addEvaluate(CLI::App& decoder, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<EvaluateOptions>();
  CLI::App* verb = decoder.add_subcommand("evaluate", "how well a decoder answers what its training never saw");
  options->model.addTo(*verb);
  options->questions.addTo(*verb);
  verb->add_option("--decoder", options->decoder, "folder of the decoder")->required();
  verb->add_option("--items", options->settings.items, "questions of each family, window, kind and split")
      ->check(CLI::Range(2, 100000))
      ->capture_default_str();
  verb->add_option("--seed", options->settings.seed, "of the questions")->capture_default_str();
  verb->add_flag("--no-controls", options->withoutControls, "leave out zero states, shuffled states, no adapter");
  verb->add_flag("--keep", options->keeps, "write the figures onto the decoder's card");
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] { return evaluate(*options); }});
}

}  // namespace

void addDecoderVerbs(CLI::App& app, std::vector<Verb>& verbs) {
  CLI::App* decoder = app.add_subcommand("decoder", "ask a trained decoder about states, and train one");
  decoder->require_subcommand(1);
  addData(*decoder, verbs);
  addStates(*decoder, verbs);
  addTrain(*decoder, verbs);
  addEvaluate(*decoder, verbs);
  addCurveVerb(*decoder, verbs);
  addAsk(*decoder, verbs);
  addControl(*decoder, verbs);
  addExport(*decoder, verbs);
}

}  // namespace patchbay::cli
