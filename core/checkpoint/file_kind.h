#pragma once

#include <string>
#include <string_view>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/refusal.h"

namespace patchbay {

/// What the beginning of a file looks like, in words for a message: "a PNG picture", "text", "an empty file".
[[nodiscard]] std::string kindOfContent(std::string_view bytes);

/// True when the content is plainly something else than a model, also when it is empty.
[[nodiscard]] bool isKnownOther(std::string_view bytes);

/// CKPT-04: the file is not a model file; says what it seems to be.
[[nodiscard]] Refusal notAModel(const MappedFile& file);

/// True when the file begins as a .safetensors file does: a believable length and an opening brace.
[[nodiscard]] bool looksLikeSafetensors(std::string_view bytes);

}  // namespace patchbay
