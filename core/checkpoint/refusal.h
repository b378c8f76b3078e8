#pragma once

#include <string>
#include <string_view>

#include "core/base/outcome.h"

namespace patchbay {

/// Thrown by the readers of this folder when a file is refused; `Checkpoint::open` turns it into its Error.
struct Refusal {
  Error error;
};

/// A name out of a file that nobody has checked, made fit for a message: its first 120 bytes and "..." when there are
/// more, control characters and bytes outside ASCII as '?', an empty one as "(empty)".
[[nodiscard]] std::string shown(std::string_view untrusted);

}  // namespace patchbay
