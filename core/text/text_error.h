#pragma once

#include <string>

#include "core/base/outcome.h"

namespace patchbay::text {

/// A part of a tokenizer this program does not know: TOK-02.
[[nodiscard]] inline Error unknownPart(std::string field, std::string found, std::string expected) {
  return {.code = "TOK-02",
          .what = "the tokenizer uses a part that is not known",
          .file = {},
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Use a model of a known family, or its GGUF file."};
}

/// A part of a tokenizer that contradicts itself: TOK-03.
[[nodiscard]] inline Error damagedPart(std::string field, std::string found, std::string expected) {
  return {.code = "TOK-03",
          .what = "the tokenizer is damaged",
          .file = {},
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Download the file again."};
}

}  // namespace patchbay::text
