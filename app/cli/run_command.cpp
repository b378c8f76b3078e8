#include <iostream>
#include <iterator>
#include <type_traits>
#include <variant>

#include "app/cli/engine_call.h"
#include "core/data/any_request.h"
#include "core/data/notebook.h"
#include "core/steering/vector_file.h"

namespace patchbay::cli {
namespace {

struct SpecOptions {
  ModelOptions model;
  std::string spec, vector, map, softPrompt, targetModel, out, notebook;
};

Outcome<std::string> readSpec(const std::string& path) {
  if (path != "-") return readTextFile(path);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

/// A request as "Copy request" of the window and `session show` give it: {"kind", "request"}.
Outcome<AnyRequest> parseSpec(const std::string& text, const std::string& file) {
  const auto json = parseJson(text, file);
  if (!json) return json.failure<AnyRequest>();
  const bool hasParts = json->is_object() && json->contains("kind") && json->at("kind").is_string() &&
                        json->contains("request") && json->at("request").is_object();
  if (hasParts) return requestFromJson(json->at("kind").get<std::string>(), json->at("request"));
  return Error{.code = "SPEC-01",
               .what = "this is no request",
               .file = file,
               .field = "kind, request",
               .found = json->is_object() ? "an object without them" : std::string("a ") + json->type_name(),
               .expected = "an object with \"kind\" (text) and \"request\" (object)",
               .advice = "Copy a request in the window, or take one from `session show`."};
}

Outcome<Done> fillMap(MapRef& map, const SpecOptions& options, const ModelRef& source, const ModelRef& target) {
  if (map.isEmpty()) return Done{};
  auto read = readMapFor(options.map, source, target.fingerprint.empty() ? source : target);
  if (!read) return read.failure<Done>();
  if (read->hash != map.hash) std::cerr << "warning: the request was made with other maps, " << map.name << "\n";
  map = std::move(*read);
  return Done{};
}

/// Loads the second model of a request into `ref`; an empty one stays.
Outcome<Done> fillModel(ModelRef& ref, Engine& engine, const SpecOptions& options) {
  if (ref.fingerprint.empty()) return Done{};
  if (options.targetModel.empty()) {
    ref = {};
    std::cerr << "warning: without --target-model the second model is the first one\n";
    return Done{};
  }
  const auto card =
      ask(engine,
          LoadModelRequest{.path = options.targetModel, .dtype = options.model.dtype, .device = options.model.device});
  if (!card) return card.failure<Done>();
  ref = card->ref;
  return Done{};
}

/// Gives a request what its JSON only names: vectors, maps, a second model.
template <typename Request>
Outcome<Done> fillNumbers(Request& request, Engine& engine, const SpecOptions& options) {
  if constexpr (std::is_same_v<Request, SteerRequest>) {
    auto vector = readVector(options.vector);
    if (!vector) return vector.template failure<Done>();
    request.vector = std::make_shared<const SteeringVector>(std::move(*vector));
  }
  if constexpr (std::is_same_v<Request, LensRequest>) {
    if (!request.steering.isEmpty()) {
      auto vector = readVector(options.vector);
      if (!vector) return vector.template failure<Done>();
      request.steering.vector = std::make_shared<const SteeringVector>(std::move(*vector));
    }
    if (!request.aheadPrompt.isEmpty()) {
      auto learned = readPromptFor(options.softPrompt, request.model);
      if (!learned) return learned.template failure<Done>();
      if (learned->hash != request.aheadPrompt.hash)
        std::cerr << "warning: the request was made with another prompt, " << request.aheadPrompt.name << "\n";
      request.aheadPrompt = std::move(*learned);
    }
    return fillMap(request.translator, options, request.model, request.model);
  }
  if constexpr (std::is_same_v<Request, FitMapRequest>) return fillModel(request.target, engine, options);
  if constexpr (std::is_same_v<Request, MetaModelRequest>) return fillModel(request.reader, engine, options);
  if constexpr (std::is_same_v<Request, AskRequest>) {
    if (const auto filled = fillModel(request.reader, engine, options); !filled) return filled;
    return fillMap(request.affine, options, request.model, request.reader);
  }
  if constexpr (std::is_same_v<Request, PatchscopeRequest> || std::is_same_v<Request, PatchscopeListRequest>) {
    if (const auto filled = fillModel(request.targetModel, engine, options); !filled) return filled;
    return fillMap(request.affine, options, request.model, request.targetModel);
  }
  return Done{};
}

/// The result, and the request with everything filled in.
Outcome<ResultDocument> compute(AnyRequest& request, Engine& engine, const SpecOptions& options) {
  if (options.model.threads > 0) engine.setThreadCount(options.model.threads);
  const auto card =
      ask(engine,
          LoadModelRequest{.path = options.model.path(), .dtype = options.model.dtype, .device = options.model.device});
  if (!card) return card.failure<ResultDocument>();
  return std::visit(
      [&](auto& typed) -> Outcome<ResultDocument> {
        if (!typed.model.fingerprint.empty() && typed.model.fingerprint != card->ref.fingerprint)
          std::cerr << "warning: the request was made with " << typed.model.name << ", another model\n";
        typed.model = card->ref;
        if (const auto filled = fillNumbers(typed, engine, options); !filled)
          return filled.template failure<ResultDocument>();
        const auto result = ask(engine, typed);
        if (!result) return result.template failure<ResultDocument>();
        return result->toDocument();
      },
      request);
}

Outcome<Done> writeNotebook(const std::string& path, const AnyRequest& request, const ResultDocument& document,
                            const Engine& engine) {
  const std::string kind = std::visit([](const auto& typed) { return std::string(typed.kKind); }, request);
  const auto tokensOf = [&](const ModelRef& model, const Prompt& prompt) {
    return engine.tokenize(model.fingerprint, prompt);
  };
  const auto notebook = makeNotebook(request, document, kind, tokensOf);
  if (!notebook) return notebook.failure<Done>();
  return writeTextFile(path, notebook->dump(1, ' ', false, Json::error_handler_t::replace));
}

Exit runSpec(const SpecOptions& options) {
  const auto text = readSpec(options.spec);
  if (!text) return fail(text);
  auto request = parseSpec(*text, options.spec);
  if (!request) return fail(request);
  Engine engine;
  const auto document = compute(*request, engine, options);
  if (!document) return fail(document);
  if (!options.notebook.empty()) {
    if (const auto written = writeNotebook(options.notebook, *request, *document, engine); !written)
      return fail(written);
  }
  Json report{{"kind", std::visit([](const auto& typed) { return std::string(typed.kKind); }, *request)},
              {"result", document->body}};
  if (options.out.empty()) {
    report["arrays"] = Json::object();
    for (const auto& [name, array] : document->arrays) report["arrays"][name] = toJson(array);
  } else {
    if (const auto written = writeArrays(options.out, *document); !written) return fail(written);
    report["out"] = options.out;
  }
  print(report);
  return Exit::Done;
}

}  // namespace

void addRun(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<SpecOptions>();
  CLI::App* verb = app.add_subcommand("run", "repeat a request of the window, given as JSON");
  options->model.addTo(*verb);
  verb->add_option("spec", options->spec, "file with {\"kind\", \"request\"}; - for standard input")->required();
  verb->add_option("--vector", options->vector, "steering vector file, for requests that steer");
  verb->add_option("--map", options->map, "file of affine maps, for requests that use one");
  verb->add_option("--soft-prompt", options->softPrompt, "file of a learned prompt, for requests that use one");
  verb->add_option("--target-model", options->targetModel, "the second model, for requests across two");
  verb->add_option("--out", options->out, "write the arrays to this .npz or .safetensors file instead")
      ->check(&checkArraysName);
  verb->add_option("--notebook", options->notebook, "also write a notebook that repeats it with Python transformers");
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] { return runSpec(*options); }});
}

}  // namespace patchbay::cli
