#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/json.h"

namespace patchbay {

/// The tokenizer as a checkpoint carries it, unchecked: either a Hugging Face folder's JSON files or GGUF arrays.
/// core/checkpoint fills it, core/text makes a Tokenizer of it.
struct VocabularyFile {
  std::string file;  ///< for messages
  bool isGguf = false;

  Json tokenizerJson;    ///< tokenizer.json; null for GGUF
  Json tokenizerConfig;  ///< tokenizer_config.json; null when absent

  std::string ggufModel;  ///< tokenizer.ggml.model: "gpt2", "llama"
  std::string ggufPre;    ///< tokenizer.ggml.pre: "smollm", "gpt-2", "llama-bpe", "qwen2"
  std::vector<std::string> tokens;
  std::vector<std::string> merges;
  std::vector<float> scores;
  std::vector<std::int32_t> tokenTypes;
  std::optional<std::int32_t> bosId, eosId, unknownId, padId;
  std::optional<bool> addBos, addEos, addSpacePrefix;

  std::vector<std::int32_t> endIds;  ///< every token that ends a generation (generation_config.json or eos)
  std::string chatTemplate;          ///< Jinja source; empty when the model has none
};

}  // namespace patchbay
