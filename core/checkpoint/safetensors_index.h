#pragma once

#include <map>
#include <string>

#include "core/checkpoint/json_document.h"

namespace patchbay {

/// model.safetensors.index.json: which file of the folder holds which tensor.
struct SafetensorsIndex {
  JsonDocument document;
  std::map<std::string, std::string> shardOf;  ///< tensor name to plain file name
};

/// Errors   throws Refusal ST-12 when it is no such list or names a file outside its folder.
[[nodiscard]] SafetensorsIndex readSafetensorsIndex(const std::string& path);

}  // namespace patchbay
