#pragma once

#include <string>

#include "core/base/outcome.h"
#include "core/checkpoint/tensor_type.h"
#include "core/model/low_rank.h"

namespace patchbay {

/// Writes a folder as PEFT keeps LoRA adapters: adapter_config.json and adapter_model.safetensors. Makes the folder.
/// `baseModel` is what the configuration names as the plain model. `type` is F32 or BF16, rounded to nearest even.
/// Errors   OUT-01.
[[nodiscard]] Outcome<Done> writeAdapter(const std::string& folder, const Adapter& adapter,
                                         const std::string& baseModel, TensorType type = TensorType::F32);

/// Reads such a folder for a model of these sizes.
///
/// Errors   those of the file readers; LORA-01 an option that this program does not compute, with its name; LORA-02 a
///          tensor is missing, too many, or of another shape than the model and the rank ask for; all are named.
[[nodiscard]] Outcome<Adapter> readAdapter(const std::string& folder, const ModelConfig& model);

/// What its configuration names as the plain model, "" where it names none. Errors those of the JSON reader; LORA-01.
[[nodiscard]] Outcome<std::string> adapterBase(const std::string& folder);

/// What can be told of an adapter without its model.
struct AdapterFacts {
  int rank = 0;
  std::int64_t parameters = 0;
  std::string digest;  ///< SHA-256 of its weights and of how they are scaled
};
/// Errors   those of the file readers; LORA-01.
[[nodiscard]] Outcome<AdapterFacts> adapterFacts(const std::string& folder);

}  // namespace patchbay
