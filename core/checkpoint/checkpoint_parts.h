#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/tensor_view.h"
#include "core/data/json.h"
#include "core/data/vocabulary_file.h"

namespace patchbay {

enum class CheckpointFormat { Gguf, Safetensors };

/// What a reader found in the files of a model; `Checkpoint` keeps it.
struct CheckpointParts {
  CheckpointFormat format = CheckpointFormat::Gguf;
  std::string formatName;
  std::vector<std::shared_ptr<const MappedFile>> files;  ///< everything the spans below point into
  std::vector<TensorView> tensors;                       ///< in file order
  std::vector<std::span<const std::byte>> identity;      ///< headers, configuration, vocabulary: for the fingerprint
  Json config;
  VocabularyFile vocabulary;
  std::vector<std::string> warnings;
};

}  // namespace patchbay
