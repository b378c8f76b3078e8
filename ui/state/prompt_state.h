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
  /// The words in the field: the plain text, or the chosen message of the chat.
  [[nodiscard]] QString text() const;
  /// The message of the chat that the field edits; the last unless another was chosen. -1 for plain text.
  [[nodiscard]] int message() const;
  void chooseMessage(int index);
  /// Puts an empty system message first and chooses it; a chat has at most one.
  void addSystemMessage();
  /// Takes the chosen message out; the only one of the user stays.
  void removeMessage();
  [[nodiscard]] bool canRemoveMessage() const;
  [[nodiscard]] bool isChat() const { return m_prompt.isChat; }
  [[nodiscard]] bool parseSpecial() const { return m_prompt.parseSpecial; }

  /// An edit: a message that changed is the one in the field.
  void setPrompt(const Prompt& prompt);
  /// Another prompt, whose last message is in the field.
  void showPrompt(const Prompt& prompt);
  void setText(const QString& text);
  /// Text to chat makes the words the user's message; chat to text keeps the message in the field.
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
  void take(const Prompt& prompt, int message);
  void tokenizeNow();
  /// The message to edit in `next`: the one that differs; the last where it is another conversation.
  [[nodiscard]] int changedMessage(const Prompt& next) const;

  EngineClient& m_engine;
  ModelShelf& m_models;
  Prompt m_prompt;
  int m_message = -1;  ///< -1: the last
  std::optional<TokenizedPrompt> m_tokenized;
  std::optional<Error> m_tokenError;
};

}  // namespace patchbay::ui
