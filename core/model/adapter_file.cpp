#include "core/model/adapter_file.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/base/sha256.h"
#include "core/checkpoint/array_file.h"
#include "core/checkpoint/json_document.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/refusal.h"
#include "core/checkpoint/whole_file.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr const char* kConfigName = "adapter_config.json";
constexpr const char* kWeightsName = "adapter_model.safetensors";
/// Ranks beyond this are no low ranks.
constexpr int kLargestRank = 4096;
constexpr int kMostLayers = 10000;

std::string tensorName(int layer, Projection projection, const char* part) {
  const bool isMlp = projection >= Projection::Gate;
  return "base_model.model.model.layers." + std::to_string(layer) + (isMlp ? ".mlp." : ".self_attn.") +
         std::string(projectionName(projection)) + ".lora_" + part + ".weight";
}

Json configOf(const LowRankConfig& config, const std::string& baseModel) {
  Json targets = Json::array();
  for (const Projection target : config.targets) targets.push_back(projectionName(target));
  Json json{{"peft_type", "LORA"},
            {"task_type", "CAUSAL_LM"},
            {"base_model_name_or_path", baseModel},
            {"r", config.rank},
            {"lora_alpha", config.alpha},
            {"lora_dropout", config.dropout},
            {"target_modules", targets},
            {"bias", "none"},
            {"fan_in_fan_out", false},
            {"inference_mode", true},
            {"use_rslora", false},
            {"use_dora", false}};
  if (!config.layers.empty()) json["layers_to_transform"] = config.layers;
  return json;
}

Error refused(const std::string& path, std::string field, std::string found, std::string expected) {
  return {.code = "LORA-01",
          .what = "this adapter has an option that this program does not compute",
          .file = path,
          .field = std::move(field),
          .found = shown(found),
          .expected = std::move(expected),
          .advice = "Choose a plain LoRA adapter of a Llama model's linear maps."};
}

/// Options that change what an adapter computes, and the only value of each that is computed here; one that is missing
/// or null is off.
const std::map<std::string, Json>& plainOptions() {
  static const std::map<std::string, Json> options{{"fan_in_fan_out", false},
                                                   {"use_rslora", false},
                                                   {"use_dora", false},
                                                   {"use_qalora", false},
                                                   {"lora_bias", false},
                                                   {"bias", "none"},
                                                   {"rank_pattern", Json::object()},
                                                   {"alpha_pattern", Json::object()},
                                                   {"modules_to_save", Json::array()},
                                                   {"layer_replication", Json::array()},
                                                   {"trainable_token_indices", Json::array()},
                                                   {"target_parameters", Json::array()}};
  return options;
}

Outcome<LowRankConfig> readConfig(const std::string& path) {
  const Json json = readJsonDocument(path).json;
  const auto text = [&](const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? std::string("no such field") : dumpJson(*found);
  };
  if (json.value("peft_type", Json()) != "LORA") return refused(path, "peft_type", text("peft_type"), "\"LORA\"");
  for (const auto& [key, plain] : plainOptions())
    if (json.contains(key) && !json.at(key).is_null() && json.at(key) != plain)
      return refused(path, key, text(key.c_str()), dumpJson(plain));
  LowRankConfig config;
  const auto rank = json.find("r");
  if (rank == json.end() || !rank->is_number_integer() || *rank < 1 || *rank > kLargestRank)
    return refused(path, "r", text("r"), "a whole number from 1 to " + std::to_string(kLargestRank));
  config.rank = rank->get<int>();
  const auto alpha = json.find("lora_alpha");
  if (alpha == json.end() || !alpha->is_number()) return refused(path, "lora_alpha", text("lora_alpha"), "a number");
  config.alpha = alpha->get<double>();
  if (const Json dropout = json.value("lora_dropout", Json(0.0)); dropout.is_number())
    config.dropout = std::clamp(dropout.get<double>(), 0.0, 0.999);
  if (const Json layers = json.value("layers_to_transform", Json()); !layers.is_null()) {
    const auto isLayer = [](const Json& layer) {
      return layer.is_number_integer() && layer >= 0 && layer < kMostLayers;
    };
    // A single block stands alone.
    const Json list = layers.is_array() ? layers : Json::array({layers});
    if (list.empty() || list.size() > kMostLayers || !std::ranges::all_of(list, isLayer))
      return refused(path, "layers_to_transform", text("layers_to_transform"), "numbers of blocks");
    config.layers = list.get<std::vector<int>>();
  }
  const auto targets = json.find("target_modules");
  if (targets == json.end() || !targets->is_array())
    return refused(path, "target_modules", text("target_modules"), "a list of names such as \"q_proj\"");
  config.targets.clear();
  for (const Projection projection : kProjections)
    if (std::ranges::any_of(*targets, [&](const Json& name) { return name == projectionName(projection); }))
      config.targets.push_back(projection);
  if (config.targets.size() != targets->size())
    return refused(path, "target_modules", text("target_modules"), "names of a Llama block's linear maps, each once");
  return config;
}

Error misfit(const std::string& path, const std::string& found, const std::string& expected) {
  return {.code = "LORA-02",
          .what = "the adapter's tensors do not fit the model",
          .file = path,
          .field = "tensors",
          .found = found,
          .expected = expected,
          .advice = "Choose an adapter that was trained on this model."};
}

std::string words(const std::vector<std::int64_t>& shape) { return dumpJson(shape); }

/// Takes the tensors of `stored` one by one and says what is wrong with any of them.
class TensorTaker {
public:
  explicit TensorTaker(std::map<std::string, HostArray> stored) : m_stored(std::move(stored)) {}

  at::Tensor take(const std::string& name, std::vector<std::int64_t> shape) {
    const auto found = m_stored.find(name);
    if (found == m_stored.end()) {
      note("no " + name);
      return {};
    }
    const HostArray array = found->second;
    m_stored.erase(found);
    if (array.shape() != shape) {
      note(shown(name) + " of shape " + words(array.shape()) + " instead of " + words(shape));
      return {};
    }
    return toTensor(array).clone();
  }

  /// What was wrong with any tensor, or is left over; "" when nothing is.
  [[nodiscard]] std::string complaints() {
    for (const auto& [name, array] : m_stored) note("nothing that " + shown(name) + " belongs to");
    return m_count > kMost ? m_text + "; and " + std::to_string(m_count - kMost) + " more" : m_text;
  }

private:
  static constexpr int kMost = 4;
  void note(const std::string& complaint) {
    if (++m_count <= kMost) m_text += (m_text.empty() ? "" : "; ") + complaint;
  }

  std::map<std::string, HostArray> m_stored;
  std::string m_text;
  int m_count = 0;
};

}  // namespace

Outcome<Done> writeAdapter(const std::string& folder, const Adapter& adapter, const std::string& baseModel,
                           TensorType type) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  ArrayFile file;
  file.metadata = {{"format", "pt"}};
  for (std::size_t layer = 0; layer < adapter.blocks.size(); ++layer) {
    for (const Projection projection : kProjections) {
      const LowRankPair& pair = adapter.pair(static_cast<int>(layer), projection);
      if (pair.isEmpty()) continue;
      const int number = static_cast<int>(layer);
      file.arrays.emplace(tensorName(number, projection, "A"), toHost(pair.down.detach(), {"rank", "input"}, ""));
      file.arrays.emplace(tensorName(number, projection, "B"), toHost(pair.up.detach(), {"output", "rank"}, ""));
    }
  }
  if (const auto written = writeSafetensors(folder + "/" + kWeightsName, file, type); !written) return written;
  return writeText(folder + "/" + kConfigName, configOf(adapter.config, baseModel).dump(2) + "\n");
}

Outcome<Adapter> readAdapter(const std::string& folder, const ModelConfig& model) {
  try {
    auto config = readConfig(folder + "/" + kConfigName);
    if (!config) return config.failure<Adapter>();
    const std::string path = folder + "/" + kWeightsName;
    auto file = readSafetensors(path);
    if (!file) return file.failure<Adapter>();
    TensorTaker taker(std::move(file->arrays));
    Adapter adapter{.config = *config, .blocks = {}};
    adapter.blocks.resize(static_cast<std::size_t>(model.layers));
    for (int layer = 0; layer < model.layers; ++layer) {
      if (!config->covers(layer)) continue;
      for (const Projection projection : config->targets) {
        const ProjectionSize size = projectionSize(model, projection);
        adapter.blocks[static_cast<std::size_t>(layer)][static_cast<std::size_t>(projection)] = {
            .down = taker.take(tensorName(layer, projection, "A"), {config->rank, size.inputs}),
            .up = taker.take(tensorName(layer, projection, "B"), {size.outputs, config->rank})};
      }
    }
    if (const std::string complaints = taker.complaints(); !complaints.empty())
      return misfit(path, complaints,
                    "a pair of rank " + std::to_string(config->rank) + " for each of " +
                        std::to_string(config->targets.size()) + " maps of " +
                        (config->layers.empty() ? std::to_string(model.layers) + " blocks" : "the blocks it names"));
    return adapter;
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

Outcome<std::string> adapterBase(const std::string& folder) {
  const std::string path = folder + "/" + kConfigName;
  try {
    const Json json = readJsonDocument(path).json;
    const Json base = json.is_object() ? json.value("base_model_name_or_path", Json("")) : Json("");
    if (!base.is_string()) return refused(path, "base_model_name_or_path", dumpJson(base), "the name of a model");
    return base.get<std::string>();
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

Outcome<AdapterFacts> adapterFacts(const std::string& folder) {
  try {
    const auto config = readConfig(folder + "/" + kConfigName);
    if (!config) return config.failure<AdapterFacts>();
    const std::string path = folder + "/" + kWeightsName;
    const auto mapped = MappedFile::open(path);
    if (!mapped) return mapped.failure<AdapterFacts>();
    const auto file = readSafetensors(path);
    if (!file) return file.failure<AdapterFacts>();
    AdapterFacts facts;
    facts.rank = config->rank;
    for (const auto& [name, array] : file->arrays) facts.parameters += array.size();
    Sha256 digest;
    digest.add((*mapped)->bytes());
    digest.add(" scale " + std::to_string(config->scale()));
    facts.digest = digest.hex();
    return facts;
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

}  // namespace patchbay
