#pragma once

#include <string>

#include "core/checkpoint/checkpoint_parts.h"

namespace patchbay {

/// The name of a model by its content; `Checkpoint::fingerprint` says what enters.
/// Cost   all of `identity` and one page of each tensor.
[[nodiscard]] std::string fingerprintOf(const CheckpointParts& parts);

}  // namespace patchbay
