#include "core/store/store_failure.h"

namespace patchbay {

StoreFailure damaged(const std::string& file, std::string field, std::string found, std::string expected) {
  return {{.code = "STORE-04",
           .what = "the session file is damaged",
           .file = file,
           .field = std::move(field),
           .found = std::move(found),
           .expected = std::move(expected),
           .advice = "Open a copy of it, or run this part again."}};
}

bool isDiskTrouble(const Error& error) { return error.code == "STORE-08" || error.code == "STORE-09"; }

}  // namespace patchbay
