#include "core/base/log.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace patchbay {
namespace {

struct Listeners {
  std::mutex mutex;
  int next = 1;
  std::map<int, std::function<void(const LogLine&)>> byId;
};

Listeners& listeners() {
  static Listeners instance;
  return instance;
}

std::atomic<LogLevel>& threshold() {
  static std::atomic<LogLevel> level{LogLevel::Info};
  return level;
}

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = spdlog::stderr_color_mt("patchbay");
    made->set_pattern("%H:%M:%S %^%l%$ %v");
    made->set_level(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum sinkLevel(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warning: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void log(LogLevel level, std::string_view text) {
  if (level < threshold().load()) return;
  sink().log(sinkLevel(level), spdlog::string_view_t(text.data(), text.size()));
  std::map<int, std::function<void(const LogLine&)>> current;
  {
    const std::lock_guard lock(listeners().mutex);
    current = listeners().byId;
  }
  for (const auto& [id, listener] : current) listener({level, std::string(text)});
}

int addLogListener(std::function<void(const LogLine&)> listener) {
  const std::lock_guard lock(listeners().mutex);
  const int id = listeners().next++;
  listeners().byId.emplace(id, std::move(listener));
  return id;
}

void removeLogListener(int id) {
  const std::lock_guard lock(listeners().mutex);
  listeners().byId.erase(id);
}

void setLogLevel(LogLevel level) { threshold() = level; }

}  // namespace patchbay
