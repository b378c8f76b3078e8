#include "core/engine/stream_limiter.h"

namespace patchbay {

void StreamLimiter::operator()(const StreamedTokens& tokens) {
  if (!m_sink) return;
  m_held.insert_or_assign(tokens.lane, tokens);
  if (Clock::now() - m_last >= std::chrono::milliseconds(50)) flush();
}

void StreamLimiter::flush() {
  if (!m_sink) return;
  for (const auto& [lane, tokens] : m_held) m_sink(tokens);
  m_held.clear();
  m_last = Clock::now();
}

}  // namespace patchbay
