#pragma once

#include <memory>

#include "core/checkpoint/checkpoint_parts.h"
#include "core/jobs/job_context.h"

namespace patchbay {

/// Reads and checks a whole GGUF file, version 2 or 3.
/// Errors   throws Refusal GGUF-01 to GGUF-17.   Cancel   between tensors.
[[nodiscard]] CheckpointParts readGguf(std::shared_ptr<const MappedFile> file, const JobContext& context);

}  // namespace patchbay
