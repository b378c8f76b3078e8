#pragma once

#include <string>

#include "core/base/outcome.h"
#include "core/data/affine_map.h"

namespace patchbay {

/// Writes maps as safetensors; MAP_FILE.md describes the file.
/// Errors   OUT-01.
[[nodiscard]] Outcome<Done> writeMap(const std::string& path, const AffineMap& map);

/// Reads them. Errors   those of readSafetensors; MAP-06 no map, naming the field.
[[nodiscard]] Outcome<AffineMap> readMap(const std::string& path);

}  // namespace patchbay
