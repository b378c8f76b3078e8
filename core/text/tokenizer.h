#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/prompt.h"
#include "core/data/vocabulary_file.h"

namespace patchbay {

namespace text {
struct TokenizerParts;
}

/// How a text becomes tokens.
struct EncodeOptions {
  bool parseSpecial = true;  ///< read special tokens written in the text as special; false reads them as plain text
  bool addSpecial = true;    ///< add what the tokenizer itself adds (BOS, EOS); false for a rendered chat template
};

/// The tokenizer of one model: text to token ids and back.
///
/// Immutable after `open`; ids are those of the checkpoint.
/// Thread   any, at the same time.
class Tokenizer {
public:
  /// Makes the tokenizer that a checkpoint describes: tokenizer.json (BPE) or GGUF metadata ("gpt2", "llama").
  /// Errors   TOK-01 no tokenizer, TOK-02 a part this program does not know (named), TOK-03 a damaged part,
  ///          TOK-04 a bad or too costly regular expression, TOK-05 too large.
  /// Cost     one pass over vocabulary and merges.
  [[nodiscard]] static Outcome<std::shared_ptr<const Tokenizer>> open(const VocabularyFile& file);

  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  /// The token ids of a text. Bytes that are not valid UTF-8 are read as U+FFFD.
  /// Cost     n log n in the length of the text. Where a pattern meets its match limit, the rest of that stretch of
  ///          text becomes one piece, so the cost stays bounded.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text, EncodeOptions options = {}) const;
  /// The text of a sequence of tokens: their bytes joined, then read as UTF-8 with U+FFFD for what is invalid.
  /// Unknown ids give nothing.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids, bool skipSpecial = false) const;

  /// The bytes one token stands for; empty for an id outside the vocabulary.
  [[nodiscard]] const std::string& bytesOf(std::int32_t id) const;
  /// The token as it is shown.
  [[nodiscard]] TokenFact fact(std::int32_t id) const;
  /// Number of ids, the added ones included.
  [[nodiscard]] int size() const;
  [[nodiscard]] std::optional<std::int32_t> bos() const;
  [[nodiscard]] std::optional<std::int32_t> eos() const;
  /// Every token that ends a generation.
  [[nodiscard]] const std::vector<std::int32_t>& endIds() const;
  [[nodiscard]] bool isEnd(std::int32_t id) const;
  [[nodiscard]] bool isSpecial(std::int32_t id) const;
  /// The text of a special token as it is written in a prompt; empty when `id` is not special.
  [[nodiscard]] std::string_view specialText(std::int32_t id) const;
  /// The token that stands for exactly these bytes, the lowest id when several do.
  [[nodiscard]] std::optional<std::int32_t> idOf(std::string_view bytes) const;
  /// Whether `decode` drops one space at the start of a text (SentencePiece adds one when it encodes).
  [[nodiscard]] bool dropsLeadingSpace() const;

private:
  explicit Tokenizer(std::unique_ptr<const text::TokenizerParts> parts);

  std::unique_ptr<const text::TokenizerParts> m_parts;
};

}  // namespace patchbay
