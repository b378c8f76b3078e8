#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace patchbay {

enum class LogLevel { Debug, Info, Warning, Error };

/// One line of the program's log.
struct LogLine {
  LogLevel level = LogLevel::Info;
  std::string text;
};

/// Writes one line to standard error and to every listener.
/// Thread   any.
void log(LogLevel level, std::string_view text);

/// Calls `listener` for every later line, on the thread that logs. Returns an id for `removeLogListener`.
/// Thread   any.
int addLogListener(std::function<void(const LogLine&)> listener);
void removeLogListener(int id);

/// Lines below `level` are dropped; Info unless set.
void setLogLevel(LogLevel level);

}  // namespace patchbay
