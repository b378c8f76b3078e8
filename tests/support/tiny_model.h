#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/json.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/safetensors_builder.h"

namespace patchbay::tests {

/// A whole Llama model in miniature, for tests: 2 layers, width 32, 4 heads, 2 key-value heads of width 8, MLP
/// width 64, 264 tokens, random weights. Its parts may be changed before it is written.
struct TinyModel {
  Json config;            ///< config.json
  Json tokenizer;         ///< tokenizer.json: byte-level BPE, three special tokens 0 to 2, 256 bytes, 5 merges
  Json tokenizerConfig;   ///< tokenizer_config.json, with a ChatML template
  Json generationConfig;  ///< generation_config.json
  std::vector<PlainTensor> tensors;  ///< Hugging Face names, F32

  [[nodiscard]] PlainTensor& tensor(std::string_view name);
  void removeTensor(std::string_view name);
};

/// The same weights for the same arguments on every machine. Without `isTied` there is an lm_head.
[[nodiscard]] TinyModel makeTinyModel(bool isTied = true, std::uint32_t seed = 1);

/// Writes config.json, tokenizer.json, tokenizer_config.json, generation_config.json and model.safetensors, or
/// `shards` files and their index. Makes the folder.
void writeHuggingFaceFolder(const TinyModel& model, const std::string& folder, int shards = 1);

/// The same model as GGUF: names and metadata as llama.cpp's converter writes them, rows of the query and key
/// matrices permuted as it does, so that both files compute the same.
[[nodiscard]] GgufBuilder ggufOf(const TinyModel& model);

}  // namespace patchbay::tests
