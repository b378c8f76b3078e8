#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/vocabulary_file.h"
#include "core/text/added_tokens.h"
#include "core/text/bpe_model.h"
#include "core/text/normalizer.h"
#include "core/text/pre_tokenizer.h"
#include "core/text/token_decoder.h"

namespace patchbay::text {

/// What the reader of a tokenizer file gathers.
struct TokenizerRecipe {
  Normalizer normalizer;
  PreTokenizer preTokenizer;
  TokenDecoder decoder;
  BpeVocabulary vocabulary;
  std::vector<AddedToken> addedTokens;
  std::vector<std::int32_t> prefix, suffix;  ///< what the tokenizer adds around a text
  std::optional<std::int32_t> bos, eos;
};

/// Reads tokenizer.json and tokenizer_config.json.
/// Errors   TOK-02, TOK-03, TOK-04, TOK-05 without the file's name.
[[nodiscard]] Outcome<TokenizerRecipe> readTokenizerJson(const VocabularyFile& file);
/// Reads the tokenizer arrays of a GGUF file.
/// Errors   as `readTokenizerJson`.
[[nodiscard]] Outcome<TokenizerRecipe> readGgufVocabulary(const VocabularyFile& file);

/// A tokenizer ready for use.
struct TokenizerParts {
  TokenizerParts(TokenizerRecipe recipe, std::vector<std::int32_t> ends);

  Normalizer normalizer;
  PreTokenizer preTokenizer;
  AddedTokenFinder rawTokens;         ///< looked for in the text as written
  AddedTokenFinder normalizedTokens;  ///< looked for after normalisation
  std::vector<std::string> bytes;     ///< by id; made before the model takes the vocabulary
  BpeModel model;
  std::vector<bool> isSpecial;  ///< by id
  TokenTable byBytes;
  std::vector<std::int32_t> prefix, suffix, endIds;
  std::optional<std::int32_t> bos, eos;
  bool dropsLeadingSpace = false;
};

/// More ids than any known vocabulary has.
inline constexpr std::int32_t kMaxTokens = 4'000'000;
/// Longer added tokens would make the search for them slow.
inline constexpr std::size_t kMaxAddedTokenBytes = 1024;

}  // namespace patchbay::text
