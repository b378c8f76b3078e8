#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/base/outcome.h"

namespace patchbay {

using Json = nlohmann::json;

/// Bounds for a JSON text that nobody has checked yet.
struct JsonLimits {
  std::size_t maxBytes = std::size_t{64} << 20;
  int maxDepth = 64;
};

/// Parses JSON within bounds.
/// Errors   JSON-01 too large, JSON-02 nested too deep, JSON-03 not JSON (with the byte offset); `file` names the
/// source.
[[nodiscard]] Outcome<Json> parseJson(std::string_view text, std::string_view file, JsonLimits limits = {});

/// One line, for files and the command line. Bytes that are not UTF-8 become U+FFFD; never throws.
[[nodiscard]] std::string dumpJson(const Json& json);

/// Converts parsed JSON to a value type with a `from_json`; a missing key keeps the default.
/// Errors   JSON-04 with the reason when a field has the wrong type.
template <typename T>
[[nodiscard]] Outcome<T> fromJson(const Json& json, std::string_view file) {
  try {
    return json.get<T>();
  } catch (const Json::exception& failure) {
    return Error{.code = "JSON-04",
                 .what = "a field has the wrong type",
                 .file = std::string(file),
                 .field = {},
                 .found = failure.what(),
                 .expected = {},
                 .advice = "Check the file against SCHEMA.md."};
  }
}

}  // namespace patchbay
