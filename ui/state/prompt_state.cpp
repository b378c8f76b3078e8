#include "ui/state/prompt_state.h"

#include <algorithm>

namespace patchbay::ui {

PromptState::PromptState(EngineClient& engine, ModelShelf& models, QObject* parent)
    : QObject(parent), m_engine(engine), m_models(models) {
  connect(&m_models, &ModelShelf::currentChanged, this, &PromptState::tokenizeNow);
}

void PromptState::setPrompt(const Prompt& prompt) { take(prompt, changedMessage(prompt)); }

void PromptState::showPrompt(const Prompt& prompt) { take(prompt, -1); }

void PromptState::take(const Prompt& prompt, int message) {
  const bool isOther = !(prompt == m_prompt);
  if (!isOther && message == m_message) return;
  m_prompt = prompt;
  m_message = message;
  Q_EMIT promptChanged();
  if (isOther) tokenizeNow();
}

int PromptState::changedMessage(const Prompt& next) const {
  const auto &before = m_prompt.messages, &after = next.messages;
  if (!next.isChat || before.size() != after.size()) return -1;
  int changed = -1;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i] == before[i]) continue;
    if (changed >= 0) return -1;
    changed = static_cast<int>(i);
  }
  return changed < 0 ? m_message : changed;
}

void PromptState::setText(const QString& text) {
  Prompt prompt = m_prompt;
  if (!prompt.isChat) {
    prompt.text = text.toStdString();
  } else if (prompt.messages.empty()) {
    prompt.messages.push_back({"user", text.toStdString()});
  } else {
    prompt.messages[static_cast<std::size_t>(message())].content = text.toStdString();
  }
  setPrompt(prompt);
}

QString PromptState::text() const {
  const int index = message();
  return QString::fromStdString(index < 0 ? m_prompt.text : m_prompt.messages[static_cast<std::size_t>(index)].content);
}

int PromptState::message() const {
  if (!m_prompt.isChat) return -1;
  const int last = static_cast<int>(m_prompt.messages.size()) - 1;
  return m_message < 0 ? last : std::min(m_message, last);
}

void PromptState::chooseMessage(int index) {
  if (!m_prompt.isChat || index == message()) return;
  m_message = index;
  Q_EMIT promptChanged();
}

void PromptState::addSystemMessage() {
  if (!m_prompt.isChat || (!m_prompt.messages.empty() && m_prompt.messages.front().role == "system")) return;
  Prompt prompt = m_prompt;
  if (prompt.messages.empty()) prompt.messages.push_back({"user", {}});
  prompt.messages.insert(prompt.messages.begin(), {"system", {}});
  setPrompt(prompt);
  chooseMessage(0);
}

bool PromptState::canRemoveMessage() const {
  if (!m_prompt.isChat || m_prompt.messages.empty()) return false;
  const auto isUser = [](const ChatMessage& each) { return each.role == "user"; };
  return !isUser(m_prompt.messages[static_cast<std::size_t>(message())]) ||
         std::ranges::count_if(m_prompt.messages, isUser) > 1;
}

void PromptState::removeMessage() {
  if (!canRemoveMessage()) return;
  Prompt prompt = m_prompt;
  prompt.messages.erase(prompt.messages.begin() + message());
  setPrompt(prompt);
}

void PromptState::setChat(bool chat) {
  if (chat == m_prompt.isChat) return;
  Prompt prompt = m_prompt;
  const std::string words = text().toStdString();
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
