#pragma once

#include <chrono>
#include <functional>
#include <map>

#include "core/data/generation.h"

namespace patchbay {

/// Passes streamed tokens on at most 20 times a second a lane; the last of each lane always arrives.
/// Thread   the engine's.
class StreamLimiter {
public:
  explicit StreamLimiter(std::function<void(const StreamedTokens&)> sink) : m_sink(std::move(sink)) {}
  StreamLimiter(const StreamLimiter&) = delete;
  StreamLimiter& operator=(const StreamLimiter&) = delete;

  void operator()(const StreamedTokens& tokens);
  /// Passes on what was held back.
  void flush();

private:
  using Clock = std::chrono::steady_clock;

  std::function<void(const StreamedTokens&)> m_sink;
  std::map<int, StreamedTokens> m_held;
  Clock::time_point m_last{};
};

}  // namespace patchbay
