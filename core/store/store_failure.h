#pragma once

#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "core/base/outcome.h"

namespace patchbay {

/// How a failure travels inside core/store; `guarded` turns it into an Outcome at the door.
struct StoreFailure {
  Error error;
};

/// What `work` returns as an Outcome; a StoreFailure or lack of memory as its Error.
template <typename Work>
auto guarded(Work&& work) -> Outcome<std::invoke_result_t<Work>> {
  try {
    return std::forward<Work>(work)();
  } catch (const StoreFailure& failure) {
    return failure.error;
  } catch (const std::bad_alloc&) {
    return Error{.code = "STORE-11",
                 .what = "there is not enough memory for this part of the session",
                 .file = {},
                 .field = {},
                 .found = {},
                 .expected = {},
                 .advice = "Free a model or close other programs, then try again."};
  }
}

/// The value of an outcome; its Error as a StoreFailure.
template <typename T>
T take(Outcome<T> outcome) {
  if (outcome.isError()) throw StoreFailure{outcome.error()};
  return std::move(outcome).value();
}

/// STORE-04: `field` of the file does not hold what it must.
[[nodiscard]] StoreFailure damaged(const std::string& file, std::string field, std::string found, std::string expected);
/// True for STORE-08 and STORE-09: the work is good, the disk is not; trying again later makes sense.
[[nodiscard]] bool isDiskTrouble(const Error& error);

}  // namespace patchbay
