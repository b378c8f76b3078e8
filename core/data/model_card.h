#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/json.h"

namespace patchbay {

/// Names a model in a request: the fingerprint decides, path and name help a person to find it again.
struct ModelRef {
  std::string fingerprint;
  std::string name;
  std::string path;
  bool operator==(const ModelRef&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ModelRef, fingerprint, name, path)
};

/// One tensor of a checkpoint as the file states it.
struct TensorFact {
  std::string name;
  std::vector<std::int64_t> shape;
  std::string dtype;
  std::int64_t sizeBytes = 0;
  bool operator==(const TensorFact&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TensorFact, name, shape, dtype, sizeBytes)
};

/// Everything the window says about a loaded model.
struct ModelCard {
  ModelRef ref;
  std::string format;        ///< "GGUF v3", "safetensors, 2 shards"
  std::string architecture;  ///< "llama"
  std::string quantisation;  ///< of the file: "Q4_1", "none"
  std::string dtype;         ///< of the computation: "f32", "bf16"
  std::string device;        ///< "CPU", "CUDA 0"
  std::string library;       ///< "libtorch 2.13.0"
  std::string linearPath;    ///< how matrices are multiplied: "tiles Q4_1", "stored F16 and dense", "dense"
  int layers = 0;
  int width = 0;
  int heads = 0;
  int keyValueHeads = 0;
  int headWidth = 0;
  int mlpWidth = 0;
  int vocabulary = 0;
  int contextLength = 0;
  bool isTied = false;
  bool hasChatTemplate = false;
  std::string chatTemplate;
  std::int64_t parameters = 0;
  std::int64_t residentBytes = 0;  ///< of the weights: written out, and mapped from the file
  std::vector<TensorFact> tensors;
  std::vector<std::string> warnings;
  bool operator==(const ModelCard&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ModelCard, ref, format, architecture, quantisation, dtype, device,
                                              library, linearPath, layers, width, heads, keyValueHeads, headWidth,
                                              mlpWidth, vocabulary, contextLength, isTied, hasChatTemplate,
                                              chatTemplate, parameters, residentBytes, tensors, warnings)
};

}  // namespace patchbay
