#include "core/checkpoint/byte_cursor.h"

#include "core/checkpoint/refusal.h"

namespace patchbay {

std::string_view ByteCursor::string(std::string_view field, std::size_t longest) {
  const auto length = number<std::uint64_t>(field);
  if (length > remaining() || length > longest) {
    const bool isPastEnd = length > remaining();
    throw Refusal{{.code = "GGUF-06",
                   .what = isPastEnd ? "a text runs past the end of the file" : "a text is too long",
                   .file = m_file,
                   .field = shown(field),
                   .found = std::to_string(length) + " bytes at byte " + std::to_string(m_position),
                   .expected = "at most " + std::to_string(isPastEnd ? remaining() : longest),
                   .advice = "The file is damaged; fetch it again."}};
  }
  const auto bytes = take(length, field);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> ByteCursor::take(std::size_t count, std::string_view field) {
  if (count > remaining()) {
    throw Refusal{{.code = "GGUF-04",
                   .what = "the file ends too early",
                   .file = m_file,
                   .field = shown(field),
                   .found = std::to_string(remaining()) + " bytes left at byte " + std::to_string(m_position),
                   .expected = std::to_string(count),
                   .advice = "The file is damaged or was not fetched whole; fetch it again."}};
  }
  const auto taken = m_bytes.subspan(m_position, count);
  m_position += count;
  return taken;
}

}  // namespace patchbay
