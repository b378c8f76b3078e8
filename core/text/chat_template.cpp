#include "core/text/chat_template.h"

#include "core/text/template_evaluator.h"
#include "core/text/template_lexer.h"
#include "core/text/template_parser.h"

namespace patchbay {

std::tm localTime() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local;
}

ChatTemplate::ChatTemplate(std::shared_ptr<const chat::Program> program) : m_program(std::move(program)) {}

Outcome<ChatTemplate> ChatTemplate::parse(std::string source, std::string file) {
  if (source.size() > chat::kMaxSourceBytes) {
    return Error{.code = "TPL-01",
                 .what = "the chat template is too large",
                 .file = std::move(file),
                 .field = {},
                 .found = std::to_string(source.size()) + " bytes",
                 .expected = "at most " + std::to_string(chat::kMaxSourceBytes),
                 .advice = "Write the prompt as plain text."};
  }
  try {
    auto program = std::make_shared<chat::Program>();
    program->file = file;
    program->body = chat::TemplateParser(chat::lexTemplate(source)).parse();
    return ChatTemplate(std::move(program));
  } catch (const chat::Failure& failure) {
    Error error = failure.error;
    error.file = std::move(file);
    return error;
  }
}

Outcome<std::string> ChatTemplate::render(const std::vector<ChatMessage>& messages, bool addGenerationPrompt,
                                          std::string bosText, std::string eosText, const TemplateClock& clock) const {
  using chat::Value;
  try {
    chat::Run run(clock);
    std::vector<Value> turns;
    for (const ChatMessage& message : messages) {
      turns.push_back(run.dict({{"role", Value::ofText(message.role)}, {"content", Value::ofText(message.content)}}));
    }
    chat::Evaluator::Scope globals;
    globals["messages"] = run.list(std::move(turns));
    globals["add_generation_prompt"] = Value(addGenerationPrompt);
    globals["bos_token"] = Value::ofText(std::move(bosText));
    globals["eos_token"] = Value::ofText(std::move(eosText));
    // transformers passes these two in every case, as none when there are no tools or documents.
    globals["tools"] = Value::none();
    globals["documents"] = Value::none();
    return chat::Evaluator(run, std::move(globals)).render(m_program->body);
  } catch (const chat::Failure& failure) {
    Error error = failure.error;
    error.file = m_program->file;
    return error;
  }
}

}  // namespace patchbay
