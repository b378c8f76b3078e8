#pragma once

#include <functional>
#include <string>

namespace patchbay {

/// Puts a file at `target` in one step: `write` makes it under the name it is given, in the same folder; it is
/// brought to the disk and then takes the place of what was there. A failure leaves the old file and no remains.
///
/// Errors   what `write` throws; StoreFailure STORE-09 when the last step fails.
void replaceFile(const std::string& target, const std::function<void(const std::string& temporary)>& write);

}  // namespace patchbay
