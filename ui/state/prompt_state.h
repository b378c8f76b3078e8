#pragma once

#include <optional>

#include <QObject>
#include <QString>

#include "core/data/json.h"
#include "core/data/prompt.h"
#include "ui/bridge/engine_client.h"
#include "ui/state/model_shelf.h"

namespace patchbay::ui {

/// The prompt being edited in the top strip, and how the current model reads it.
class PromptState : public QObject {
  Q_OBJECT
public:
  PromptState(EngineClient& engine, ModelShelf& models, QObject* parent = nullptr);

  /// The prompt as a request takes it.
  [[nodiscard]] const Prompt& prompt() const { return m_prompt; }
  /// The words in the field: the plain text, or the last message of the chat.
  [[nodiscard]] QString text() const { return QString::fromStdString(m_prompt.headline()); }
  [[nodiscard]] bool isChat() const { return m_prompt.isChat; }
  [[nodiscard]] bool parseSpecial() const { return m_prompt.parseSpecial; }

  void setPrompt(const Prompt& prompt);
  void setText(const QString& text);
  /// Text to chat makes the words the user's message; chat to text keeps the last message.
  void setChat(bool chat);
  void setParseSpecial(bool parse);

  /// The tokens the model sees; none before a model is loaded or when the template fails.
  [[nodiscard]] const std::optional<TokenizedPrompt>& tokenized() const { return m_tokenized; }
  [[nodiscard]] const std::optional<Error>& tokenError() const { return m_tokenError; }
  [[nodiscard]] int tokenCount() const { return m_tokenized ? static_cast<int>(m_tokenized->tokens.size()) : 0; }

Q_SIGNALS:
  void promptChanged();
  void tokenizedChanged();

private:
  void tokenizeNow();

  EngineClient& m_engine;
  ModelShelf& m_models;
  Prompt m_prompt;
  std::optional<TokenizedPrompt> m_tokenized;
  std::optional<Error> m_tokenError;
};

}  // namespace patchbay::ui
