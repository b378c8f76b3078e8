#pragma once

#include <string>
#include <vector>

#include "core/data/json.h"
#include "core/data/vocabulary_file.h"

namespace patchbay {

/// Completes a vocabulary whose arrays were read: kind, special tokens, switches and chat template out of `config`.
/// A special token outside the vocabulary is dropped with a line in `warnings`.
/// Errors   throws Refusal GGUF-15 when there are no tokens or the arrays do not fit each other.
void completeGgufVocabulary(VocabularyFile& vocabulary, const Json& config, std::vector<std::string>& warnings);

}  // namespace patchbay
