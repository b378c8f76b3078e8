#include "core/checkpoint/hugging_face_vocabulary.h"

#include <filesystem>
#include <limits>

#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

constexpr std::size_t kLargestTokenizer = std::size_t{64} << 20;
constexpr std::size_t kLargestTemplate = std::size_t{1} << 20;
constexpr std::size_t kMostEndTokens = 256;

[[noreturn]] void refuse(const std::string& file, const std::string& field, std::string found, std::string expected) {
  throw Refusal{{.code = "CKPT-10",
                 .what = "a field has the wrong kind of value",
                 .file = file,
                 .field = field,
                 .found = std::move(found),
                 .expected = std::move(expected),
                 .advice = "The file is damaged; fetch it again."}};
}

bool isThere(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

std::optional<JsonDocument> readIfThere(const std::string& path) {
  if (!isThere(path)) return std::nullopt;
  return readJsonDocument(path);
}

std::int32_t tokenId(const Json& value, const std::string& file, const std::string& field) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max()) {
    refuse(file, field, shown(dumpJson(value)), "a token number from 0");
  }
  return value.get<std::int32_t>();
}

/// A number or a list of numbers; nothing when the key is missing or null.
std::vector<std::int32_t> tokenIds(const JsonDocument& document, const std::string& field) {
  const auto value = document.json.find(field);
  if (value == document.json.end() || value->is_null()) return {};
  const std::string& file = document.file->path();
  if (!value->is_array()) return {tokenId(*value, file, field)};
  if (value->size() > kMostEndTokens)
    refuse(file, field, std::to_string(value->size()) + " tokens", "at most " + std::to_string(kMostEndTokens));
  std::vector<std::int32_t> ids;
  for (const Json& id : *value) ids.push_back(tokenId(id, file, field));
  return ids;
}

std::optional<std::int32_t> firstToken(const JsonDocument& document, const std::string& field) {
  const auto ids = tokenIds(document, field);
  return ids.empty() ? std::nullopt : std::optional(ids.front());
}

/// One text, or a list of {name, template} of which "default" is taken, else the first.
std::string templateOf(const JsonDocument& document) {
  constexpr const char* kField = "chat_template";
  const auto value = document.json.find(kField);
  if (value == document.json.end() || value->is_null()) return {};
  if (value->is_string()) return value->get<std::string>();
  const std::string& file = document.file->path();
  const char* expected = "a text, or a list of objects with name and template";
  if (!value->is_array()) refuse(file, kField, value->type_name(), expected);
  const Json* chosen = nullptr;
  for (const Json& entry : *value) {
    const bool isWhole =
        entry.is_object() && entry.contains("name") && entry.contains("template") && entry["template"].is_string();
    if (!isWhole) refuse(file, kField, shown(dumpJson(entry)), expected);
    if (chosen == nullptr || entry["name"] == "default") chosen = &entry;
  }
  return chosen == nullptr ? std::string() : (*chosen)["template"].get<std::string>();
}

std::string chatTemplate(const HuggingFaceTexts& texts) {
  std::string text = texts.chatTemplate      ? std::string(texts.chatTemplate->text())
                     : texts.tokenizerConfig ? templateOf(*texts.tokenizerConfig)
                                             : std::string();
  if (text.size() <= kLargestTemplate) return text;
  const MappedFile& file = texts.chatTemplate ? *texts.chatTemplate : *texts.tokenizerConfig->file;
  refuse(file.path(), "chat_template", std::to_string(text.size()) + " bytes",
         "at most " + std::to_string(kLargestTemplate));
}

}  // namespace

HuggingFaceTexts readHuggingFaceTexts(const std::string& folder) {
  const std::string tokenizer = folder + "/tokenizer.json";
  if (!isThere(tokenizer)) {
    const bool hasPieces = isThere(folder + "/tokenizer.model");
    throw Refusal{{.code = "CKPT-07",
                   .what = "the tokenizer is missing",
                   .file = folder,
                   .field = "tokenizer.json",
                   .found = hasPieces ? "tokenizer.model only" : "no such file",
                   .expected = "tokenizer.json beside config.json",
                   .advice = hasPieces
                                 ? "Save the tokenizer in its fast form with transformers, which writes tokenizer.json."
                                 : "Fetch the missing file of the model."}};
  }
  HuggingFaceTexts texts{.tokenizer = readJsonDocument(tokenizer, kLargestTokenizer),
                         .tokenizerConfig = readIfThere(folder + "/tokenizer_config.json"),
                         .generationConfig = readIfThere(folder + "/generation_config.json"),
                         .chatTemplate = nullptr};
  const std::string templatePath = folder + "/chat_template.jinja";
  if (!isThere(templatePath)) return texts;
  auto file = MappedFile::open(templatePath);
  if (!file) throw Refusal{file.error()};
  texts.chatTemplate = std::move(file).value();
  return texts;
}

VocabularyFile huggingFaceVocabulary(HuggingFaceTexts& texts, const JsonDocument& config) {
  VocabularyFile vocabulary;
  vocabulary.file = texts.tokenizer.file->path();
  vocabulary.bosId = firstToken(config, "bos_token_id");
  vocabulary.eosId = firstToken(config, "eos_token_id");
  vocabulary.padId = firstToken(config, "pad_token_id");
  if (texts.generationConfig) vocabulary.endIds = tokenIds(*texts.generationConfig, "eos_token_id");
  if (vocabulary.endIds.empty()) vocabulary.endIds = tokenIds(config, "eos_token_id");
  vocabulary.chatTemplate = chatTemplate(texts);
  vocabulary.tokenizerJson = std::move(texts.tokenizer.json);
  if (texts.tokenizerConfig) vocabulary.tokenizerConfig = std::move(texts.tokenizerConfig->json);
  return vocabulary;
}

}  // namespace patchbay
