#include "core/data/item_list.h"

namespace patchbay {

std::optional<Error> refuseLength(std::size_t items, std::size_t most, const std::string& file) {
  if (items <= most) return std::nullopt;
  return Error{.code = "LIST-02",
               .what = "the list is too long",
               .file = file,
               .field = "items",
               .found = std::to_string(items),
               .expected = "at most " + std::to_string(most),
               .advice = "Split it."};
}

}  // namespace patchbay
