#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/json.h"

namespace patchbay {

/// One turn of a conversation.
struct ChatMessage {
  std::string role;
  std::string content;
  bool operator==(const ChatMessage&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ChatMessage, role, content)
};

/// What the person typed: plain text, or a conversation that goes through the model's chat template.
struct Prompt {
  bool isChat = false;
  std::string text;                   ///< plain text; unused for a chat
  std::vector<ChatMessage> messages;  ///< the turns of a chat
  bool addGenerationPrompt = true;    ///< chat only: append the assistant's header
  bool parseSpecial = true;           ///< read special tokens written in the text as special, as `transformers` does
  bool operator==(const Prompt&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(Prompt, isChat, text, messages, addGenerationPrompt, parseSpecial)

  /// A plain-text prompt.
  [[nodiscard]] static Prompt plain(std::string words) {
    Prompt prompt;
    prompt.text = std::move(words);
    return prompt;
  }
  /// The text itself, or the last message of a chat: for titles and lists.
  [[nodiscard]] const std::string& headline() const {
    return isChat && !messages.empty() ? messages.back().content : text;
  }
};

/// One token of a vocabulary as it is shown: decoded text, and bytes where they are not valid UTF-8.
struct TokenFact {
  std::int32_t id = -1;
  std::string text;      ///< UTF-8; invalid bytes as U+FFFD
  std::string bytesHex;  ///< "e2 80"; empty when `text` is exact
  bool isSpecial = false;
  bool operator==(const TokenFact&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(TokenFact, id, text, bytesHex, isSpecial)
};

[[nodiscard]] inline std::vector<std::int32_t> idsOf(const std::vector<TokenFact>& tokens) {
  std::vector<std::int32_t> ids;
  for (const TokenFact& token : tokens) ids.push_back(token.id);
  return ids;
}

/// A token with its place in a distribution. `logit` in natural-log units, `p` in [0, 1].
struct RankedToken {
  TokenFact token;
  float logit = 0;
  float p = 0;
  bool operator==(const RankedToken&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(RankedToken, token, logit, p)
};

/// A prompt as the model sees it.
struct TokenizedPrompt {
  std::string rendered;  ///< the text after the chat template
  std::vector<TokenFact> tokens;
  bool operator==(const TokenizedPrompt&) const = default;
};

}  // namespace patchbay
