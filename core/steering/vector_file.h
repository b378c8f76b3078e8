#pragma once

#include <string>

#include "core/base/outcome.h"
#include "core/data/steering_vector.h"

namespace patchbay {

/// Writes a steering vector as safetensors: `rows` [L, D], `mean_norms` [L] and metadata (format, name, method, site,
/// model fingerprint and name, how it was read, the texts). VECTOR_FILE.md describes it.
/// Errors   OUT-01.
[[nodiscard]] Outcome<Done> writeVector(const std::string& path, const SteeringVector& vector);

/// Reads one. Errors   those of readSafetensors; VEC-05 not a steering vector, naming the field.
[[nodiscard]] Outcome<SteeringVector> readVector(const std::string& path);

}  // namespace patchbay
