#include "core/checkpoint/hugging_face_folder.h"

#include <filesystem>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/checkpoint/file_kind.h"
#include "core/checkpoint/hugging_face_vocabulary.h"
#include "core/checkpoint/refusal.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/checkpoint/safetensors_index.h"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostShards = 1'024;
constexpr const char* kIndexName = "model.safetensors.index.json";

bool isThere(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

/// The first file of the folder with one of the endings, "" if none: to say what there is instead.
std::string fileEndingIn(const std::string& folder, std::initializer_list<std::string_view> endings) {
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    for (const std::string_view ending : endings) {
      if (name.ends_with(ending)) return name;
    }
  }
  return {};
}

Refusal noConfig(const std::string& folder) {
  const std::string gguf = fileEndingIn(folder, {".gguf"});
  return {{.code = "CKPT-05",
           .what = "this folder holds no Hugging Face model",
           .file = folder,
           .field = "config.json",
           .found = gguf.empty() ? "no such file" : "no such file, but " + shown(gguf),
           .expected = "config.json beside the weights",
           .advice = gguf.empty() ? "Choose the folder that holds config.json, or a .gguf file."
                                  : "Open the .gguf file itself."}};
}

Refusal noWeights(const std::string& folder) {
  const std::string other = fileEndingIn(folder, {".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".gguf"});
  return {
      {.code = "CKPT-06",
       .what = "this folder holds no weights that can be opened",
       .file = folder,
       .field = "model.safetensors",
       .found = other.empty() ? "no such file" : "only " + shown(other),
       .expected = "model.safetensors or model.safetensors.index.json",
       .advice =
           "Only safetensors and GGUF are opened: save the model anew with transformers, which writes safetensors."}};
}

/// Collects the tensors of one or many files into the parts of one checkpoint.
class WeightFiles {
public:
  WeightFiles(const std::string& folder, const JobContext& context, CheckpointParts& parts)
      : m_folder(folder), m_context(context), m_parts(parts) {}

  void addFile(const std::string& path);
  void addIndexed(SafetensorsIndex index);

private:
  void checkIndex(const SafetensorsIndex& index);

  const std::string& m_folder;
  const JobContext& m_context;
  CheckpointParts& m_parts;
  std::unordered_map<std::string, std::string> m_fileOf;  ///< tensor to file name
};

void WeightFiles::addFile(const std::string& path) {
  m_context.checkpoint();
  auto file = MappedFile::open(path);
  if (!file) throw Refusal{file.error()};
  const std::string_view text = file.value()->text();
  if (!looksLikeSafetensors(text) && isKnownOther(text)) throw notAModel(*file.value());
  SafetensorsFile content = readSafetensors(*file.value());
  const std::string name = fs::path(path).filename().string();
  for (TensorView& tensor : content.tensors) {
    const auto [other, isNew] = m_fileOf.emplace(tensor.name, name);
    if (!isNew) {
      throw Refusal{{.code = "ST-15",
                     .what = "a tensor is in two files",
                     .file = path,
                     .field = "tensor " + shown(tensor.name),
                     .found = "also in " + shown(other->second),
                     .expected = "each name once",
                     .advice = "Fetch the files of the model again."}};
    }
    m_parts.tensors.push_back(std::move(tensor));
  }
  m_parts.identity.push_back(content.header);
  m_parts.warnings.insert(m_parts.warnings.end(), content.warnings.begin(), content.warnings.end());
  m_parts.files.push_back(std::move(file).value());
}

void WeightFiles::addIndexed(SafetensorsIndex index) {
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : index.shardOf) shards.insert(shard);
  const std::string& indexPath = index.document.file->path();
  if (shards.size() > kMostShards) {
    throw Refusal{{.code = "ST-12",
                   .what = "the index names too many files",
                   .file = indexPath,
                   .field = "weight_map",
                   .found = std::to_string(shards.size()),
                   .expected = "at most " + std::to_string(kMostShards),
                   .advice = "The index is damaged; fetch it again."}};
  }
  for (const std::string& shard : shards) {
    const std::string path = m_folder + "/" + shard;
    if (!isThere(path)) {
      throw Refusal{{.code = "ST-13",
                     .what = "a file of the model is missing",
                     .file = indexPath,
                     .field = shown(shard),
                     .found = "no such file",
                     .expected = "all " + std::to_string(shards.size()) + " files beside the index",
                     .advice = "Fetch the missing file into the folder."}};
    }
    addFile(path);
  }
  checkIndex(index);
  m_parts.formatName += ", " + std::to_string(shards.size()) + (shards.size() == 1 ? " shard" : " shards");
  m_parts.files.push_back(std::move(index.document.file));
}

void WeightFiles::checkIndex(const SafetensorsIndex& index) {
  for (const auto& [tensor, shard] : index.shardOf) {
    const auto found = m_fileOf.find(tensor);
    if (found != m_fileOf.end() && found->second == shard) continue;
    throw Refusal{{.code = "ST-14",
                   .what = "a tensor is not in the file the index names",
                   .file = index.document.file->path(),
                   .field = "weight_map of " + shown(tensor),
                   .found = found == m_fileOf.end() ? "it is in no file" : "it is in " + shown(found->second),
                   .expected = "it in " + shown(shard),
                   .advice = "Fetch the index and the files of the model again."}};
  }
  if (m_fileOf.size() == index.shardOf.size()) return;
  m_parts.warnings.push_back(std::to_string(m_fileOf.size() - index.shardOf.size()) +
                             " tensors are in the files but not in " + kIndexName + ".");
}

void addTexts(CheckpointParts& parts, const std::shared_ptr<const MappedFile>& file) {
  parts.identity.push_back(file ? file->bytes() : std::span<const std::byte>());
  if (file) parts.files.push_back(file);
}

bool isShard(const std::string& weights, const std::string& folder) {
  return weights.find("-of-") != std::string::npos && isThere(folder + "/" + kIndexName);
}

}  // namespace

CheckpointParts readHuggingFaceFolder(const std::string& folder, const std::string& weights,
                                      const JobContext& context) {
  const std::string configPath = folder + "/config.json";
  if (!isThere(configPath)) throw noConfig(folder);
  const std::string whole = weights.empty() || isShard(weights, folder) ? folder + "/model.safetensors" : weights;
  const bool hasWhole = isThere(whole);
  const std::string indexPath = folder + "/" + kIndexName;
  if (!hasWhole && !isThere(indexPath)) throw noWeights(folder);

  JsonDocument config = readJsonDocument(configPath);
  HuggingFaceTexts texts = readHuggingFaceTexts(folder);
  CheckpointParts parts;
  parts.format = CheckpointFormat::Safetensors;
  parts.formatName = "safetensors";
  addTexts(parts, config.file);
  addTexts(parts, texts.tokenizer.file);
  addTexts(parts, texts.tokenizerConfig ? texts.tokenizerConfig->file : nullptr);
  addTexts(parts, texts.generationConfig ? texts.generationConfig->file : nullptr);
  addTexts(parts, texts.chatTemplate);
  parts.vocabulary = huggingFaceVocabulary(texts, config);
  parts.config = std::move(config.json);

  WeightFiles files(folder, context, parts);
  if (hasWhole) {
    files.addFile(whole);
  } else {
    files.addIndexed(readSafetensorsIndex(indexPath));
  }
  if (parts.tensors.empty()) {
    throw Refusal{{.code = "ST-04",
                   .what = "the file holds no tensors",
                   .file = hasWhole ? whole : indexPath,
                   .field = "header",
                   .found = "none",
                   .expected = "the weights of a model",
                   .advice = "Fetch the model again."}};
  }
  return parts;
}

}  // namespace patchbay
