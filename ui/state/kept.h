#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include <QString>

#include "core/data/json.h"

namespace patchbay::ui {

/// What a session keeps under `key` of an object; nothing when it is missing or of another type. A session file may
/// come from anywhere: what is not understood is left out.
template <typename T>
[[nodiscard]] std::optional<T> kept(const Json& state, const char* key) {
  if (!state.is_object()) return std::nullopt;
  const auto found = state.find(key);
  if (found == state.end()) return std::nullopt;
  // The library would read 1.5 and true as whole numbers.
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (!found->is_number_integer()) return std::nullopt;
  }
  if constexpr (std::is_same_v<T, QString>) {
    if (!found->is_string()) return std::nullopt;
    return QString::fromStdString(found->template get<std::string>());
  } else {
    auto read = fromJson<T>(*found, "session");
    return read ? std::optional<T>(std::move(*read)) : std::nullopt;
  }
}

}  // namespace patchbay::ui
