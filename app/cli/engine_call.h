#pragma once

#include <chrono>
#include <future>
#include <utility>

#include "app/cli/command.h"
#include "core/engine/engine.h"

namespace patchbay::cli {

/// Asks the engine and waits.
template <typename Request>
Outcome<typename Request::Result> ask(Engine& engine, Request request) {
  std::promise<Outcome<typename Request::Result>> promise;
  auto answer = promise.get_future();
  const JobId job = engine.submit(
      std::move(request), {},
      Callbacks<Request>{
          .done = [&](auto outcome) { promise.set_value(std::move(outcome)); }, .progress = {}, .tokens = {}});
  while (answer.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready)
    if (context().isCancelled()) engine.cancel(job);
  return answer.get();
}

}  // namespace patchbay::cli
