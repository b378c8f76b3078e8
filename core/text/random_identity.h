#pragma once

#include <cstdint>
#include <string>

#include "core/text/tokenizer.h"

namespace patchbay {

/// A token-identity prompt over drawn words: "tok1 -> tok1 ; tok2 -> tok2 ; ... ; tokk" with k from 1 to 10.
///
/// Each word is one ordinary token that begins with a space, and the last token of the prompt is one of them: the place
/// a state is written to. Words come from all of the vocabulary, whatever their language.
/// Source   Ghandeharioun et al. 2024 (arXiv 2401.06102), section 4.1; methods 1.2.
/// Errors   PRE-01 when the vocabulary has no such words.
/// Cost     some ten short encodings; the same seed gives the same prompt.
[[nodiscard]] Outcome<std::string> randomIdentity(const Tokenizer& tokenizer, std::uint64_t seed);

}  // namespace patchbay
