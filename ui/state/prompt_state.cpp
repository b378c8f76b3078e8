#include "ui/state/prompt_state.h"

namespace patchbay::ui {

PromptState::PromptState(EngineClient& engine, ModelShelf& models, QObject* parent)
    : QObject(parent), m_engine(engine), m_models(models) {
  connect(&m_models, &ModelShelf::currentChanged, this, &PromptState::tokenizeNow);
}

void PromptState::setPrompt(const Prompt& prompt) {
  if (prompt == m_prompt) return;
  m_prompt = prompt;
  Q_EMIT promptChanged();
  tokenizeNow();
}

void PromptState::setText(const QString& text) {
  Prompt prompt = m_prompt;
  if (!prompt.isChat) {
    prompt.text = text.toStdString();
  } else if (prompt.messages.empty()) {
    prompt.messages.push_back({"user", text.toStdString()});
  } else {
    prompt.messages.back().content = text.toStdString();
  }
  setPrompt(prompt);
}

void PromptState::setChat(bool chat) {
  if (chat == m_prompt.isChat) return;
  Prompt prompt = m_prompt;
  const std::string words = prompt.headline();
  prompt.isChat = chat;
  if (chat) {
    prompt.messages = {{"user", words}};
    prompt.text.clear();
  } else {
    prompt.text = words;
    prompt.messages.clear();
  }
  setPrompt(prompt);
}

void PromptState::setParseSpecial(bool parse) {
  Prompt prompt = m_prompt;
  prompt.parseSpecial = parse;
  setPrompt(prompt);
}

void PromptState::tokenizeNow() {
  m_tokenized.reset();
  m_tokenError.reset();
  if (const ModelCard* card = m_models.current()) {
    auto outcome = m_engine.tokenize(card->ref.fingerprint, m_prompt);
    if (outcome) {
      m_tokenized = std::move(*outcome);
    } else if (outcome.isError()) {
      m_tokenError = outcome.error();
    }
  }
  Q_EMIT tokenizedChanged();
}

}  // namespace patchbay::ui
