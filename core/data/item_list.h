#pragma once

#include <optional>
#include <string>

#include "core/data/json.h"

namespace patchbay {

/// A list of items from a file's text, its fields not yet looked at. `notOne` makes the error of a text that is no
/// object: (field, found, expected).
/// Errors   JSON-*, that of `notOne`.
template <typename List, typename NotOne>
[[nodiscard]] Outcome<List> parseItemList(const std::string& text, const std::string& file, const NotOne& notOne) {
  const auto json = parseJson(text, file);
  if (!json) return json.template failure<List>();
  if (!json->is_object()) return notOne(std::string(), std::string(json->type_name()), "an object");
  return fromJson<List>(*json, file);
}

/// LIST-02 when there are more items than `most`.
[[nodiscard]] std::optional<Error> refuseLength(std::size_t items, std::size_t most, const std::string& file);

}  // namespace patchbay
