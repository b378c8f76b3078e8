#include "core/text/incremental_detokenizer.h"

#include "core/text/utf8.h"

namespace patchbay {

IncrementalDetokenizer::IncrementalDetokenizer(std::shared_ptr<const Tokenizer> tokenizer, Place place,
                                               bool skipSpecial)
    : m_tokenizer(std::move(tokenizer)),
      m_skipSpecial(skipSpecial),
      m_dropsSpace(place == Place::Start && m_tokenizer->dropsLeadingSpace()),
      m_mayDropSpace(m_dropsSpace) {}

std::string IncrementalDetokenizer::append(std::int32_t id) {
  if (m_skipSpecial && m_tokenizer->isSpecial(id)) return {};
  const std::string& bytes = m_tokenizer->bytesOf(id);
  if (bytes.empty()) return {};
  m_open += m_mayDropSpace && bytes.front() == ' ' ? std::string_view(bytes).substr(1) : std::string_view(bytes);
  m_mayDropSpace = false;
  const std::size_t complete = text::completeLength(m_open);
  std::string text = text::toUtf8(std::string_view(m_open).substr(0, complete));
  m_open.erase(0, complete);
  return text;
}

std::string IncrementalDetokenizer::finish() {
  std::string text = text::toUtf8(m_open);
  m_open.clear();
  m_mayDropSpace = m_dropsSpace;
  return text;
}

}  // namespace patchbay
