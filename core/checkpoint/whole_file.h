#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "core/base/outcome.h"

namespace patchbay {

/// OUT-01 with the system's reason.
[[nodiscard]] Error cannotWrite(const std::string& path, const std::string& reason);

/// Renames a finished temporary file into place. Errors OUT-01; the temporary file is then removed.
[[nodiscard]] Outcome<Done> putInPlace(const std::string& temporary, const std::string& path);

/// Writes a file so that its name always stands for a whole one: to a temporary file beside it, which is forced to disk
/// and renamed.
/// Errors   OUT-01, and what was there before is still there.
[[nodiscard]] Outcome<Done> writeWhole(const std::string& path, const std::function<void(std::ostream&)>& write);

/// The same for a text.
[[nodiscard]] Outcome<Done> writeText(const std::string& path, std::string_view text);

}  // namespace patchbay
