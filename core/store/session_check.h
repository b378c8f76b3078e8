#pragma once

#include <vector>

#include "core/base/outcome.h"

namespace patchbay {

/// What a full check of a session file found.
struct SessionCheck {
  int runs = 0;
  int results = 0;
  int arrays = 0;  ///< named arrays of results and vectors
  int vectors = 0;
  std::vector<Error> problems;  ///< empty when the file is sound

  [[nodiscard]] bool isSound() const { return problems.empty(); }
};

}  // namespace patchbay
