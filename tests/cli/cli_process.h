#pragma once

#include <string>
#include <vector>

#include "core/data/json.h"

namespace patchbay::testing {

/// What one run of patchbay-cli gave.
struct CliAnswer {
  int exitCode = -1;
  std::string out, words;  ///< standard output and standard error
  double seconds = 0;
  std::int64_t peakBytes = 0;

  /// Standard output as one JSON document; null when it is none.
  [[nodiscard]] Json json() const;
};

/// Runs the patchbay-cli of this build (environment variable PATCHBAY_CLI) to its end, at most `seconds`.
[[nodiscard]] CliAnswer runCli(const std::vector<std::string>& arguments, const std::string& input = {},
                               int seconds = 120);

}  // namespace patchbay::testing
