#pragma once

#include <string>

#include "core/checkpoint/checkpoint_parts.h"
#include "core/jobs/job_context.h"

namespace patchbay {

/// Reads a model saved by Hugging Face transformers.
///
/// `folder` holds config.json, tokenizer.json and what else there is; `weights` is one .safetensors file of it, or
/// empty: then model.safetensors, else every shard that model.safetensors.index.json names. A shard given as
/// `weights` also opens the whole.
/// Errors   throws Refusal CKPT-05 to CKPT-10, ST-01 to ST-15.   Cancel   between shards.
[[nodiscard]] CheckpointParts readHuggingFaceFolder(const std::string& folder, const std::string& weights,
                                                    const JobContext& context);

}  // namespace patchbay
