#pragma once

#include <optional>
#include <string>

#include "core/checkpoint/json_document.h"
#include "core/data/vocabulary_file.h"

namespace patchbay {

/// The files of a Hugging Face folder that say how text becomes tokens.
struct HuggingFaceTexts {
  JsonDocument tokenizer;
  std::optional<JsonDocument> tokenizerConfig;
  std::optional<JsonDocument> generationConfig;
  std::shared_ptr<const MappedFile> chatTemplate;  ///< chat_template.jinja; null when absent
};

/// Reads tokenizer.json, which must be there, and the others where they are.
/// Errors   throws Refusal CKPT-07 no tokenizer.json; those of readJsonDocument.
[[nodiscard]] HuggingFaceTexts readHuggingFaceTexts(const std::string& folder);

/// The vocabulary of a folder: tokens that end a text out of generation_config.json, else `config`; chat template
/// out of chat_template.jinja, else tokenizer_config.json.
/// Errors   throws Refusal CKPT-10 naming file and field of the wrong kind.
[[nodiscard]] VocabularyFile huggingFaceVocabulary(HuggingFaceTexts& texts, const JsonDocument& config);

}  // namespace patchbay
