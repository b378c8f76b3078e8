#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/model/language_model.h"

namespace patchbay {

/// What stands around the states and the question in a decoder's prompt: a user turn with one placeholder for each
/// state, a new line and the question, then the assistant's turn.
///
/// No system message stands before it, whatever the template would put there. Pieces are encoded one by one, so that a
/// placeholder is always one token and nothing in a question is read as a special token.
/// Source   LatentQA, section 3; methods sections 2.2 and 2.9.
class DecoderFrame {
public:
  /// Errors   DEC-01 the model's tokenizer has no single token for the placeholder " ?", nor for "?".
  [[nodiscard]] static Outcome<DecoderFrame> of(const ModelText& text);

  /// The prompt of a question about `states` states.
  [[nodiscard]] std::vector<std::int32_t> prompt(std::int64_t states, const std::string& question) const;
  /// An answer with the token that ends the turn.
  [[nodiscard]] std::vector<std::int32_t> answer(const std::string& words) const;
  /// Token of the first placeholder.
  [[nodiscard]] std::int64_t firstPlace() const { return static_cast<std::int64_t>(m_before.size()); }

private:
  explicit DecoderFrame(const ModelText& text) : m_text(text) {}
  void takeTemplate(const std::string& userHeader, const std::string& assistantHeader);

  ModelText m_text;
  std::vector<std::int32_t> m_before, m_behind;  // up to the placeholders, and behind the question
  std::int32_t m_place = 0, m_end = 0;
};

}  // namespace patchbay
