#include <filesystem>

#include "app/cli/command.h"
#include "core/analysis/soft_prompt_trainer.h"
#include "core/steering/vector_file.h"
#include "core/store/session_store.h"

namespace patchbay::cli {
namespace {

Json modelFacts(const ModelCard& card) {
  Json json = card;
  json.erase("residentBytes");
  json.erase("linearPath");
  Json facts = {{"kind", "model"}};
  facts.update(json);
  return facts;
}

Exit inspectSession(const std::string& path) {
  auto store = SessionStore::open(path, OpenMode::ReadOnly);
  if (!store) return fail(store);
  const auto check = (*store)->verify();
  if (!check) return fail(check);
  Json warnings = Json::array();
  for (const Error& problem : check->problems) warnings.push_back(problem.message());
  print({{"kind", "session"},
         {"format", "Patchbay session"},
         {"runs", check->runs},
         {"results", check->results},
         {"arrays", check->arrays},
         {"vectors", check->vectors},
         {"warnings", warnings}});
  return check->isSound() ? Exit::Done : Exit::Failed;
}

Exit inspectVector(const SteeringVector& vector) {
  print({{"kind", "vector"},
         {"format", "steering vector 1"},
         {"name", vector.name},
         {"model", vector.model.name},
         {"fingerprint", vector.model.fingerprint},
         {"layers", vector.layers()},
         {"width", vector.width()},
         {"method", vector.method},
         {"read", vector.read},
         {"positives", vector.positives.size()},
         {"negatives", vector.negatives.size()},
         {"warnings", Json::array()}});
  return Exit::Done;
}

Exit inspectPrompt(const SoftPrompt& prompt) {
  print({{"kind", "learned-prompt"},
         {"format", "learned prompt 1"},
         {"name", prompt.name},
         {"model", prompt.model.name},
         {"fingerprint", prompt.model.fingerprint},
         {"text", prompt.text},
         {"places", prompt.length()},
         {"width", prompt.embeddings.extent(1)},
         {"layers", prompt.layers},
         {"steps", prompt.losses.size()},
         {"warnings", prompt.warnings}});
  return Exit::Done;
}

Exit inspect(const std::string& path) {
  if (path.ends_with(".patchbay")) return inspectSession(path);
  // A steering vector or a learned prompt is a safetensors file too; its own format line tells.
  if (path.ends_with(".safetensors") && std::filesystem::is_regular_file(path)) {
    if (const auto vector = readVector(path)) return inspectVector(*vector);
    if (const auto prompt = readSoftPrompt(path)) return inspectPrompt(*prompt);
  }
  const auto card = inspectModel(path, context(), knownModels());
  if (!card) return fail(card);
  print(modelFacts(*card));
  return Exit::Done;
}

}  // namespace

void addInspect(CLI::App& app, std::vector<Verb>& verbs) {
  auto path = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("inspect", "what a model, vector or session file is; checks all of it");
  verb->add_option("path", *path, "file or folder")->required();
  addJsonFlag(*verb);
  verbs.push_back({verb, [path] { return inspect(*path); }});
}

}  // namespace patchbay::cli
