#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/prompt.h"

namespace patchbay {

namespace chat {
struct Program;
}

/// The local time a template's `strftime_now` sees. Tests give a fixed one.
using TemplateClock = std::function<std::tm()>;

/// This machine's local time.
[[nodiscard]] std::tm localTime();

/// A model's chat template: the subset of Jinja that real templates use, read by a bounded interpreter.
///
/// Behaves as `transformers` sets Jinja up: trim_blocks, lstrip_blocks, no escaping, loop controls, immutable lists.
/// The source is untrusted: its size, nesting, steps and output are bounded.
/// Thread   any, at the same time; immutable.
/// Source   docs of the subset: core/text/chat_template.md.
class ChatTemplate {
public:
  /// Reads a template. `file` names its origin in messages.
  /// Errors   TPL-01 too large, TPL-02 not a template (with the line), TPL-03 a part of Jinja not known here,
  ///          TPL-04 nested too deep.
  [[nodiscard]] static Outcome<ChatTemplate> parse(std::string source, std::string file);

  /// The conversation as the model reads it. The text contains its special tokens: encode it with
  /// `EncodeOptions{.parseSpecial = true, .addSpecial = false}`.
  /// Errors   TPL-05 the template refuses the conversation (raise_exception, its words in `what`), TPL-06 a mistake
  ///          while it runs (with the line), TPL-07 too many steps, TPL-08 too much output, TPL-04 nested too deep.
  [[nodiscard]] Outcome<std::string> render(const std::vector<ChatMessage>& messages, bool addGenerationPrompt,
                                            std::string bosText, std::string eosText,
                                            const TemplateClock& clock = localTime) const;

private:
  explicit ChatTemplate(std::shared_ptr<const chat::Program> program);

  std::shared_ptr<const chat::Program> m_program;
};

}  // namespace patchbay
