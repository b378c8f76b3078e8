#include "core/decoder/decoder_frame.h"

#include <algorithm>

namespace patchbay {
namespace {

/// The first of these that is one token stands for a state.
constexpr const char* kPlaceholders[] = {" ?", "?"};
// Words that no template holds.
constexpr std::string_view kFirst = "AAQQ", kReply = "BBQQ", kSecond = "CCQQ";

/// What a template writes before a user's words and before the assistant's, the end of the turn before included in
/// neither; both empty where that cannot be told.
struct Headers {
  std::string user, assistant;
};

/// Start of the last special token in `text`, npos when there is none.
std::size_t lastSpecial(const Tokenizer& tokenizer, const std::string& text) {
  std::size_t place = 0, found = std::string::npos;
  for (const std::int32_t id : tokenizer.encode(text, {.parseSpecial = true, .addSpecial = false})) {
    if (tokenizer.isSpecial(id)) found = place;
    place += tokenizer.isSpecial(id) ? tokenizer.specialText(id).size() : tokenizer.bytesOf(id).size();
  }
  return found < text.size() ? found : std::string::npos;
}

Headers headersOf(const ModelText& text) {
  Prompt chat;
  chat.isChat = true;
  chat.messages = {{"user", std::string(kFirst)}, {"assistant", std::string(kReply)}, {"user", std::string(kSecond)}};
  const auto rendered = text.render(chat);
  if (!rendered) return {};
  const std::size_t first = rendered->find(kFirst), reply = rendered->find(kReply), second = rendered->find(kSecond);
  if (first == std::string::npos || reply == std::string::npos || second == std::string::npos) return {};
  // Both begin with what ends a turn; the header proper begins at the last special token that they share, unless that
  // one is the end itself.
  const std::string beforeUser = rendered->substr(reply + kReply.size(), second - reply - kReply.size());
  const std::string beforeReply = rendered->substr(second + kSecond.size());
  const auto apart = std::ranges::mismatch(beforeUser, beforeReply);
  const std::string shared(beforeUser.begin(), apart.in1);
  const std::size_t special = lastSpecial(*text.tokenizer, shared);
  if (special == std::string::npos) return {rendered->substr(0, first), beforeReply};
  if (special > 0) return {beforeUser.substr(special), beforeReply};
  const std::size_t words = beforeUser.find_first_not_of(" \n", shared.size());
  return {beforeUser.substr(std::min(shared.size(), words)), beforeReply};
}

}  // namespace

Outcome<DecoderFrame> DecoderFrame::of(const ModelText& text) {
  DecoderFrame frame(text);
  const Tokenizer& tokenizer = *text.tokenizer;
  std::vector<std::int32_t> place;
  for (const char* words : kPlaceholders) {
    place = tokenizer.encode(words, {.parseSpecial = false, .addSpecial = false});
    if (place.size() == 1) break;
  }
  if (place.size() != 1) {
    return Error{.code = "DEC-01",
                 .what = "this model cannot be a decoder",
                 .file = {},
                 .field = "placeholder",
                 .found = std::to_string(place.size()) + " tokens for \"?\"",
                 .expected = "one token",
                 .advice = "Choose a model whose vocabulary has the token \"?\"."};
  }
  frame.m_place = place.front();
  const Headers headers = text.chatTemplate ? headersOf(text) : Headers{};
  if (headers.assistant.empty())
    frame.takeTemplate("Q:", "\nA:");
  else
    frame.takeTemplate(headers.user, headers.assistant);
  return frame;
}

void DecoderFrame::takeTemplate(const std::string& userHeader, const std::string& assistantHeader) {
  const Tokenizer& tokenizer = *m_text.tokenizer;
  const EncodeOptions rendered{.parseSpecial = true, .addSpecial = false};
  m_before = tokenizer.encode(userHeader, rendered);
  m_behind = tokenizer.encode(assistantHeader, rendered);
  const auto bos = tokenizer.bos();
  // A begin token stands in front where the tokenizer would put it before any text.
  const auto plain = tokenizer.encode("a");
  if (bos && !plain.empty() && plain.front() == *bos && (m_before.empty() || m_before.front() != *bos))
    m_before.insert(m_before.begin(), *bos);
  const bool endsTurn = !m_behind.empty() && tokenizer.isSpecial(m_behind.front());
  m_end = endsTurn ? m_behind.front() : tokenizer.eos().value_or(0);
}

std::vector<std::int32_t> DecoderFrame::prompt(std::int64_t states, const std::string& question) const {
  std::vector<std::int32_t> ids = m_before;
  ids.insert(ids.end(), static_cast<std::size_t>(states), m_place);
  const auto words =
      m_text.tokenizer->encode((states > 0 ? "\n" : "") + question, {.parseSpecial = false, .addSpecial = false});
  ids.insert(ids.end(), words.begin(), words.end());
  ids.insert(ids.end(), m_behind.begin(), m_behind.end());
  return ids;
}

std::vector<std::int32_t> DecoderFrame::answer(const std::string& words) const {
  std::vector<std::int32_t> ids = m_text.tokenizer->encode(words, {.parseSpecial = false, .addSpecial = false});
  ids.push_back(m_end);
  return ids;
}

}  // namespace patchbay
