#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"

namespace patchbay::text {

/// The way from a token's text in the vocabulary to the bytes it stands for.
class TokenDecoder {
public:
  /// `json` is tokenizer.json's "decoder"; null gives one that keeps the text.
  /// Errors   TOK-02 an unknown type, TOK-03 a missing field.
  [[nodiscard]] static Outcome<TokenDecoder> fromJson(const Json& json);
  /// The decoder of byte-level BPE.
  [[nodiscard]] static TokenDecoder byteLevel();
  /// The decoder of SentencePiece vocabularies.
  [[nodiscard]] static TokenDecoder sentencePiece(bool dropsLeadingSpace);

  [[nodiscard]] std::string bytesOf(std::string_view token) const;
  /// Whether a decoded text loses one space at its start.
  [[nodiscard]] bool dropsLeadingSpace() const { return m_dropsLeadingSpace; }

private:
  Outcome<Done> addJson(const Json& json, int depth);

  std::vector<std::pair<std::string, std::string>> m_replacements;
  bool m_byteLetters = false;
  bool m_byteFallback = false;
  bool m_dropsLeadingSpace = false;
};

}  // namespace patchbay::text
