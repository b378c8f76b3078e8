#include "core/text/added_tokens.h"

#include <utf8proc.h>

#include <algorithm>

#include "core/text/utf8.h"

namespace patchbay::text {

namespace {

std::uint64_t edgeOf(std::uint32_t node, char byte) {
  return (static_cast<std::uint64_t>(node) << 8) | static_cast<unsigned char>(byte);
}

/// The start of the character that ends before `end`; `end` must be above 0.
std::size_t previousStart(std::string_view text, std::size_t end) {
  std::size_t start = end - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  return start;
}

bool isWordLetter(char32_t codePoint) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(codePoint));
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL) || category == UTF8PROC_CATEGORY_PC;
}

bool touchesWord(std::string_view text, const Section& match) {
  const auto begin = static_cast<std::size_t>(match.text.data() - text.data());
  const std::size_t end = begin + match.text.size();
  const bool before = begin > 0 && isWordLetter(utf8Step(text, previousStart(text, begin)).codePoint);
  const bool after = end < text.size() && isWordLetter(utf8Step(text, end).codePoint);
  return before || after;
}

std::size_t spaceStart(std::string_view text, std::size_t end, std::size_t floor) {
  while (end > floor) {
    const std::size_t start = previousStart(text, end);
    if (!isWhiteSpace(utf8Step(text, start).codePoint)) break;
    end = start;
  }
  return std::max(end, floor);
}

std::size_t spaceEnd(std::string_view text, std::size_t begin) {
  while (begin < text.size()) {
    const Utf8Step step = utf8Step(text, begin);
    if (!isWhiteSpace(step.codePoint)) break;
    begin += step.length;
  }
  return begin;
}

}  // namespace

void AddedTokenFinder::add(AddedToken token) {
  if (token.content.empty()) return;
  m_startsToken[static_cast<unsigned char>(token.content.front())] = true;
  std::uint32_t node = 0;
  for (const char byte : token.content) {
    const auto [edge, isNew] =
        m_edges.try_emplace(edgeOf(node, byte), static_cast<std::uint32_t>(m_tokenOfNode.size()));
    if (isNew) m_tokenOfNode.push_back(-1);
    node = edge->second;
  }
  m_tokenOfNode[node] = static_cast<int>(m_tokens.size());
  m_tokens.push_back(std::move(token));
}

const AddedToken* AddedTokenFinder::longestAt(std::string_view text, std::size_t position) const {
  const AddedToken* longest = nullptr;
  std::uint32_t node = 0;
  for (std::size_t i = position; i < text.size(); ++i) {
    const auto edge = m_edges.find(edgeOf(node, text[i]));
    if (edge == m_edges.end()) break;
    node = edge->second;
    if (m_tokenOfNode[node] >= 0) longest = &m_tokens[static_cast<std::size_t>(m_tokenOfNode[node])];
  }
  return longest;
}

std::vector<Section> AddedTokenFinder::split(std::string_view text, bool parseSpecial) const {
  std::vector<Section> sections;
  std::size_t done = 0;
  const auto addText = [&](std::size_t end) {
    if (end > done) sections.push_back({text.substr(done, end - done), -1});
  };
  for (std::size_t i = 0; i < text.size();) {
    const AddedToken* token = m_startsToken[static_cast<unsigned char>(text[i])] ? longestAt(text, i) : nullptr;
    if (token == nullptr) {
      ++i;
      continue;
    }
    const Section match{text.substr(i, token->content.size()), token->id};
    const std::size_t begin = i;
    i += token->content.size();
    if (token->isSpecial && !parseSpecial) continue;
    if (token->singleWord && touchesWord(text, match)) continue;
    const std::size_t from = std::max(done, token->takesSpaceLeft ? spaceStart(text, begin, done) : begin);
    const std::size_t end = token->takesSpaceRight ? spaceEnd(text, i) : i;
    addText(from);
    sections.push_back({text.substr(from, end - from), token->id});
    done = end;
    i = std::max(i, end);
  }
  addText(text.size());
  return sections;
}

}  // namespace patchbay::text
