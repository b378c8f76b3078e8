#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/text/tokenizer.h"

namespace patchbay {

/// Turns tokens into text one at a time and never gives half a character.
///
/// The pieces of all `append` calls and of `finish`, joined, equal `Tokenizer::decode` of all tokens.
/// Thread   one at a time.
class IncrementalDetokenizer {
public:
  enum class Place {
    Start,   ///< the tokens begin a text: the space SentencePiece adds is dropped, as `decode` does
    Middle,  ///< the tokens continue a text: nothing is dropped
  };

  explicit IncrementalDetokenizer(std::shared_ptr<const Tokenizer> tokenizer, Place place = Place::Start,
                                  bool skipSpecial = false);

  /// The new complete UTF-8 text this token brings; empty while a character is still open.
  [[nodiscard]] std::string append(std::int32_t id);
  /// What is left: bytes that never became a character, as U+FFFD. Afterwards a new text begins.
  [[nodiscard]] std::string finish();

private:
  std::shared_ptr<const Tokenizer> m_tokenizer;
  bool m_skipSpecial;
  bool m_dropsSpace;
  bool m_mayDropSpace;
  std::string m_open;
};

}  // namespace patchbay
