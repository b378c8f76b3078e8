#include "core/model/adapted_model.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/base/sha256.h"
#include "core/model/adapter_file.h"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

/// The last part of a path or of a name such as "HuggingFaceTB/SmolLM2-135M-Instruct".
std::string lastPart(std::string name) {
  while (name.ends_with('/')) name.pop_back();
  return name.substr(name.find_last_of('/') + 1);
}

/// Whether a file is called so, its ending and quantisation aside.
bool isCalled(const std::string& path, const std::string& name) {
  const std::string file = lastPart(path);
  if (name.empty() || !file.starts_with(name)) return false;
  const std::string rest = file.substr(name.size());
  if (rest.empty() || rest.front() == '.') return true;
  // "-Q8_0.gguf", "-f16.gguf", "-IQ4_XS.gguf"; "-Instruct.gguf" is another model.
  if (rest.front() != '-' && rest.front() != '_') return false;
  std::string sort = rest.substr(1, std::min(rest.find_first_of("0123456789"), rest.size()) - 1);
  std::ranges::transform(sort, sort.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return sort == "q" || sort == "iq" || sort == "f" || sort == "bf";
}

}  // namespace

bool isAdapterFolder(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path + "/adapter_config.json", ignored) && !fs::exists(path + "/config.json", ignored);
}

Outcome<std::string> plainModelOf(const std::string& folder, const std::vector<std::string>& known) {
  const auto named = adapterBase(folder);
  if (!named) return named;
  const std::string name = lastPart(*named);
  std::error_code ignored;
  std::vector<std::string> candidates{*named, (fs::path(folder) / *named).string(),
                                      (fs::path(folder).parent_path() / name).string()};
  for (const std::string& path : known)
    if (isCalled(path, name)) candidates.push_back(path);
  for (const std::string& path : candidates)
    if (!name.empty() && fs::exists(path, ignored) && !isAdapterFolder(path)) return path;
  return Error{.code = "MODEL-04",
               .what = "the model that this adapter belongs to is not there",
               .file = folder + "/adapter_config.json",
               .field = "base_model_name_or_path",
               .found = named->substr(0, 120),
               .expected = "a model's file or folder, or the name of one that is open or lies beside the adapter",
               .advice = "Open that model first, or put it beside the adapter's folder."};
}

Outcome<Done> adaptCard(ModelCard& card, const std::string& folder) {
  const auto facts = adapterFacts(folder);
  if (!facts) return facts.failure<Done>();
  const std::string plain = card.ref.name;
  Sha256 fingerprint;
  fingerprint.add(card.ref.fingerprint + " " + facts->digest);
  card.ref = {.fingerprint = fingerprint.hex(), .name = lastPart(folder), .path = folder};
  card.format += ", LoRA of rank " + std::to_string(facts->rank);
  card.parameters += facts->parameters;
  card.warnings.push_back("An adapter of rank " + std::to_string(facts->rank) + " on " + plain + ".");
  return Done{};
}

LanguageModel adapted(const LanguageModel& plain, const Adapter* adapter) {
  const Transformer& transformer = *plain.transformer;
  TransformerWeights weights =
      adapter ? withAdapter(transformer.weights(), transformer.config(), *adapter) : transformer.weights();
  return {.checkpoint = plain.checkpoint,
          .transformer = std::make_unique<Transformer>(transformer.config(), std::move(weights), transformer.options()),
          .text = plain.text,
          .card = plain.card};
}

Outcome<Done> adapt(LanguageModel& model, const std::string& folder) {
  const Transformer& plain = *model.transformer;
  const auto adapter = readAdapter(folder, plain.config());
  if (!adapter) return adapter.failure<Done>();
  ModelCard card = model.card;
  if (const auto told = adaptCard(card, folder); !told) return told;
  for (const at::Tensor& tensor : adapter->tensors()) card.residentBytes += static_cast<std::int64_t>(tensor.nbytes());
  const Adapter placed = adapterOn(*adapter, plain.options().device());
  model = adapted(model, &placed);
  model.card = std::move(card);
  return Done{};
}

}  // namespace patchbay
