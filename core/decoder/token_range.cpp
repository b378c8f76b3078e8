#include "core/decoder/token_range.h"

#include <algorithm>

namespace patchbay {

IndexRange tokensOfBytes(const Tokenizer& tokenizer, std::span<const std::int32_t> ids, const std::string& text,
                         std::size_t begin, std::size_t end) {
  std::vector<std::size_t> sizes;
  std::size_t total = 0;
  for (const std::int32_t id : ids) {
    sizes.push_back(tokenizer.isSpecial(id) ? tokenizer.specialText(id).size() : tokenizer.bytesOf(id).size());
    total += sizes.back();
  }
  const std::size_t front = total > text.size() ? total - text.size() : 0;
  begin += front;
  end += front;
  int first = -1, last = -1;
  std::size_t place = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t after = place + sizes[i];
    if (first < 0 && after > begin) first = static_cast<int>(i);
    if (place < end && after > place) last = static_cast<int>(i);
    place = after;
  }
  const int most = std::max(static_cast<int>(ids.size()) - 1, 0);
  return {.first = std::clamp(first, 0, most), .last = std::clamp(last, 0, most)};
}

}  // namespace patchbay
